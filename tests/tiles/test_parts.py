"""Layers that were compressed alone make one gzip member together."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from tiles.parts import packed, part

LAYERS = st.lists(st.one_of(st.binary(max_size=3000), st.binary(max_size=8).map(lambda data: data * 9000)), max_size=8)


@given(LAYERS)
def test_the_bytes_of_a_tile_are_those_of_its_layers(layers: list[bytes]) -> None:
    made = packed(part(data) for data in layers)
    whole = b"".join(layers)
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


@given(LAYERS)
def test_equal_layers_are_equal_parts(layers: list[bytes]) -> None:
    assert [part(data) for data in layers] == [part(bytes(data)) for data in layers]
    digests = {part(data).digest for data in layers}
    assert len(digests) == len(set(layers))


@given(one=LAYERS, other=LAYERS)
def test_tiles_have_equal_digests_exactly_if_their_layers_are_equal(one: list[bytes], other: list[bytes]) -> None:
    same = [data for data in one if data] == [data for data in other if data]
    assert (packed(map(part, one)).digest == packed(map(part, other)).digest) == same
