"""The mapped file of an edition: the tiles of the store, made whole or from an earlier file, never another build's."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.db import Connection, Database
from tests.conftest import Templates
from tests.examples import examples
from tests.tiles.small_coverage import small_coverage
from tests.tiles.test_build import store_edition
from tiles import atlas_build, store
from tiles.atlas import Atlas, key_of, write
from tiles.atlas_build import build_of, ensure, name_of, opened, read, remove_but
from tiles.build import build
from tiles.layers import STORED
from tiles.matrix import CGCS2000, WEB_MERCATOR
from tiles.parts import Packed, packed

ALL = STORED


@pytest.fixture(scope="module")
def both(templates: Templates) -> Iterator[Connection]:
    """A transaction over a store with two editions, the second a border away from the first."""
    url = templates.clone(templates.empty())
    with Database(url, size=1) as database, database.transaction() as connection:
        store_edition(connection, 1, small_coverage())
        build(connection, 1)
        store_edition(connection, 2, small_coverage(moved=True))
        build(connection, 2)
        yield connection
    templates.drop(url)


@pytest.fixture
def connection(both: Connection) -> Iterator[Connection]:
    """The same; what a test changes is undone."""
    with both.transaction(force_rollback=True):
        yield both


def _wanted(connection: Connection, edition: int) -> dict[store.Place, Packed]:
    """Every tile of an edition, joined from the store."""
    parts = dict(store.read_all_parts(connection, edition))
    rows = store.read_all_tiles(connection, edition)
    return {place: packed(parts[number] for number in numbers if number) for place, numbers in rows}


def _found(atlas: Atlas, places: Iterator[store.Place]) -> dict[store.Place, Packed]:
    return {(tms, z, x, y): atlas.tile(store.SETS[tms], ALL, (z, x, y)) for tms, z, x, y in places}


def test_the_file_holds_the_tiles_of_the_store(connection: Connection, tmp_path: Path) -> None:
    atlas = ensure(connection, tmp_path, 1)
    wanted = _wanted(connection, 1)
    assert atlas is not None
    assert len(atlas) == len(wanted) > 100
    assert _found(atlas, iter(wanted)) == wanted
    assert {tms for tms, *_ in wanted} == {0, 1}
    assert atlas.tile(WEB_MERCATOR, ALL, (16, 0, 0)).gzipped == b""
    assert atlas.tile(CGCS2000, ALL, (16, 2**17 - 1, 2**16 - 1)).gzipped == b""


def test_some_layers_of_a_tile(connection: Connection, tmp_path: Path) -> None:
    atlas = ensure(connection, tmp_path, 1)
    assert atlas is not None
    place = next(place[1:] for place in _wanted(connection, 1) if place[:2] == (0, 12))
    for names in (["level6"], ["level2", "borders", "labels"], list(STORED)):
        found = atlas.tile(WEB_MERCATOR, names, place)
        assert found == packed(store.read_tiles(connection, 1, WEB_MERCATOR, [place], names)[place])
        assert list(mapbox_vector_tile.decode(found.plain())) == [name for name in STORED if name in names]


@pytest.mark.parametrize("share", [1, 10_000])
def test_a_file_out_of_the_last_one_holds_what_one_made_whole_does(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int
) -> None:
    """On top of the last one where little differs (here: everything may), else whole again."""
    first = ensure(connection, tmp_path, 1)
    before = _wanted(connection, 1)
    with monkeypatch.context() as patch:
        patch.setattr(atlas_build, "read", _never)
        patch.setattr(atlas_build, "_SHARE", share)
        second = ensure(connection, tmp_path, 2)
    assert first is not None
    assert second is not None
    wanted = _wanted(connection, 2)
    assert wanted != before
    assert (second.base is None) == (share > 1)
    assert len(second) == len(wanted) if share > 1 else len(second) < len(wanted)
    gone = {place: packed(()) for place in before.keys() - wanted.keys()}
    assert _found(second, iter(wanted | gone)) == wanted | gone
    again = opened(tmp_path, build_of(second.path))
    assert again is not None
    assert _found(again, iter(wanted | gone)) == wanted | gone
    remove_but(tmp_path, {build_of(second.path)})
    kept = {second.path.name} | ({first.path.name} if share == 1 else set())
    assert {path.name for path in tmp_path.glob("*.tiles")} == kept
    remove_but(tmp_path, set())
    assert not list(tmp_path.glob("*.tiles"))
    assert _found(first, iter(before)) == before, "a mapped file went with its name"
    assert _found(second, iter(wanted)) == wanted


def test_a_small_file_without_what_it_stands_on_is_none(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atlas_build, "_SHARE", 1)
    first, second = ensure(connection, tmp_path, 1), ensure(connection, tmp_path, 2)
    assert first is not None
    assert second is not None
    first.path.unlink()
    assert opened(tmp_path, build_of(second.path)) is None
    again = ensure(connection, tmp_path, 2)
    assert again is not None
    assert again.base is None
    assert _found(again, iter(_wanted(connection, 2))) == _wanted(connection, 2)


def _never(*_: object) -> None:
    raise AssertionError("all of the store was read")


def test_tiles_made_again_have_another_file(connection: Connection, tmp_path: Path) -> None:
    first = ensure(connection, tmp_path, 2)
    build(connection, 2, everything=True)
    second = ensure(connection, tmp_path, 2)
    assert first is not None
    assert second is not None
    assert build_of(first.path) != build_of(second.path) == name_of(connection, 2)
    assert name_of(connection, 3) is None
    assert ensure(connection, tmp_path, 3) is None


def test_what_is_not_whole_is_made_again(connection: Connection, tmp_path: Path) -> None:
    atlas = ensure(connection, tmp_path, 1)
    assert atlas is not None
    whole = atlas.path.read_bytes()
    broken = tmp_path / "broken.tiles"
    for data in (b"", whole[:1], whole[:40], whole[:5000], whole[:-1], whole + b"x", b"x" + whole[1:]):
        broken.write_bytes(data)
        assert opened(tmp_path, "broken") is None
    broken.rename(atlas.path)
    again = ensure(connection, tmp_path, 1)
    assert again is not None
    assert again.path.read_bytes() == whole


def test_a_write_that_fails_leaves_nothing(connection: Connection, tmp_path: Path) -> None:
    contents = read(connection, 1)
    broken: Any = [*contents.blob, "no bytes"]
    with pytest.raises(TypeError):
        write(tmp_path / "1.tiles", replace(contents, blob=broken))
    assert list(tmp_path.iterdir()) == []


PLACES = st.tuples(st.integers(0, 1), st.integers(0, 16), st.integers(0, 2**17 - 1), st.integers(0, 2**16 - 1))


@settings(max_examples=examples(80, 200))
@given(PLACES, PLACES)
def test_keys_are_in_the_order_of_places(one: store.Place, other: store.Place) -> None:
    assert (key_of(*one) < key_of(*other)) == (one < other)
    assert (key_of(*one) == key_of(*other)) == (one == other)
    assert np.uint64(key_of(*one)) == key_of(*one)
