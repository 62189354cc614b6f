"""Groups of layers that were compressed alone make one gzip member together, and any of their layers another."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from tiles.parts import packed, part

LAYER = st.one_of(st.binary(max_size=3000), st.binary(max_size=8).map(lambda data: data * 9000))
GROUPS = st.lists(st.lists(LAYER, max_size=4), max_size=3)


@given(GROUPS)
def test_the_bytes_of_a_tile_are_those_of_its_layers(groups: list[list[bytes]]) -> None:
    made = packed(part(layers) for layers in groups)
    whole = b"".join(layer for layers in groups for layer in layers)
    assert made.plain() == whole
    if not whole:
        assert made.gzipped == b""
        return
    # One member, and nothing behind it: what clients that read only the first see is everything.
    reader = zlib.decompressobj(31)
    assert reader.decompress(made.gzipped) == whole
    assert reader.eof
    assert reader.unused_data == b""
    assert made.gzipped[:3] == gzip.compress(whole)[:3]


@given(st.lists(LAYER, max_size=5), st.sets(st.integers(0, 4)), st.booleans())
def test_some_layers_of_a_part_are_as_if_they_were_alone(layers: list[bytes], kept: set[int], once: bool) -> None:
    whole = part(layers, once=once)
    assert whole.layers() == layers
    wanted = [layer if place in kept else b"" for place, layer in enumerate(layers)]
    found = whole.only(kept)
    assert found.layers() == wanted
    assert found.digest == part(wanted).digest
    assert packed([found]).plain() == b"".join(wanted)
    assert (found is whole) == (wanted == layers)


@given(GROUPS)
def test_equal_layers_are_equal_parts(groups: list[list[bytes]]) -> None:
    for once in (True, False):
        assert [part(layers, once=once) for layers in groups] == [part(list(layers), once=once) for layers in groups]
    assert len({part(layers).digest for layers in groups}) == len({b"".join(layers) for layers in groups})


@given(one=GROUPS, other=GROUPS)
def test_tiles_have_equal_digests_exactly_if_their_parts_are_equal(
    one: list[list[bytes]], other: list[list[bytes]]
) -> None:
    same = [b"".join(each) for each in one if any(each)] == [b"".join(each) for each in other if any(each)]
    assert (packed(map(part, one)).digest == packed(map(part, other)).digest) == same
