"""Units drawn again within an edition: the bytes of a full build, in the store and in the file that workers map."""

from pathlib import Path

from gis.db import Connection
from gis.scope import Scope
from gis.unit_board import read_board
from gis.unit_painting import Painted, save
from tests.conftest import COUNTY
from tests.tiles.decoded import tile_at
from tiles import atlas_build, store
from tiles.atlas import places_of
from tiles.atlas_changes import changed_keys
from tiles.features import read_units
from tiles.layers import GROUPS
from tiles.parts import packed
from tiles.pyramid import UnitSource
from tiles.redraw import redraw_units
from tiles.store import SETS

SCOPE = Scope((COUNTY,), "test", "grid_staff")
GRID = "53232210120200701"


def test_what_is_drawn_again_is_what_a_full_build_draws(connection: Connection, tmp_path: Path) -> None:
    before = atlas_build.ensure(connection, tmp_path, 1)
    assert before is not None
    drawn = dict(store.read_all_tiles(connection, 1))
    board = read_board(connection, 1, GRID)
    one, *others = board.households
    moves = {one: "new:1", others[3]: None}
    saved = save(connection, SCOPE, 1, GRID, Painted(moves, {}, "test"), seen=board.tag)
    assert saved.box is not None
    changed = redraw_units(connection, 1, saved.box)
    assert 0 < changed < 500
    assert redraw_units(connection, 1, saved.box) == 0

    group = next(k for k, names in enumerate(GROUPS) if "units" in names)
    stored = {number: part.digest for number, part in store.read_all_parts(connection, 1)}
    found = {place: stored.get(parts[group], b"") for place, parts in store.read_all_tiles(connection, 1)}
    source = UnitSource(read_units(connection, 1))
    whole = {
        (row[0], row[1], row[2], row[3]): block.found.digests[part]
        for block in map(source.encoded, source.chunks())
        for row, part in zip(block.places.tolist(), block.parts.tolist(), strict=True)
    }
    assert {place: digest for place, digest in found.items() if digest} == whole

    after = atlas_build.ensure(connection, tmp_path, 1)
    assert after is not None
    assert after.base is not None
    assert len(after) == changed
    now = dict(store.read_all_tiles(connection, 1))
    differ = {place for place in drawn | now if drawn.get(place) != now.get(place)}
    keys = changed_keys(before, after)
    assert ({(a, b, c, d) for a, b, c, d in places_of(keys).tolist()}, len(keys)) == (differ, changed)
    assert changed_keys(after, before).tolist() == keys.tolist()
    assert changed_keys(after, after).size == 0
    lon, lat = (values[0] for values in board.lonlat)
    tile = SETS[0], ("units",), tile_at(float(lon), float(lat), 16)
    assert after.tile(*tile).digest != before.tile(*tile).digest
    parts = store.read_tiles(connection, 1, SETS[0], [tile[2]], ["units"])[tile[2]]
    assert after.tile(*tile).plain() == packed(parts).plain()
    borders = SETS[0], ("borders",), tile[2]
    assert after.tile(*borders).digest == before.tile(*borders).digest


def test_a_grid_without_units_is_drawn_without_them(connection: Connection) -> None:
    board = read_board(connection, 1, GRID)
    saved = save(connection, SCOPE, 1, GRID, Painted(dict.fromkeys(board.households), {}, "test"), seen=board.tag)
    assert saved.closed == sorted(board.units)
    assert saved.box is not None
    assert redraw_units(connection, 1, saved.box) > 0
    inner = board.outline.representative_point()
    place = tile_at(inner.x, inner.y, 16)
    assert store.read_tiles(connection, 1, SETS[0], [place], ["units"]) == {}
