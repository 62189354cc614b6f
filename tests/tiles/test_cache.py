"""The memory of tiles keeps to its bound, and what it holds is what was put in."""

from hypothesis import given
from hypothesis import strategies as st

from tiles.cache import TileCache
from tiles.parts import Packed, packed, part


def pack(data: bytes) -> Packed:
    """A tile of one layer."""
    return packed([part([data])])


@given(data=st.binary(max_size=2000))
def test_packing_keeps_the_bytes(data: bytes) -> None:
    packed = pack(data)
    assert packed.plain() == data
    assert pack(data) == packed
    assert (packed.gzipped == b"") == (data == b"")


@given(one=st.binary(max_size=50), other=st.binary(max_size=50))
def test_different_tiles_have_different_digests(one: bytes, other: bytes) -> None:
    assert (pack(one).digest == pack(other).digest) == (one == other)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 400)), max_size=60))
def test_the_memory_never_outgrows_its_limit(puts: list[tuple[int, int]]) -> None:
    cache = TileCache(2000)
    last: dict[int, bytes] = {}
    for key, size in puts:
        last[key] = bytes(i * 37 % 251 for i in range(size))
        cache.put(key, pack(last[key]))
        assert cache.size <= cache.limit
    for key, data in last.items():
        found = cache.get(key)
        assert found is None or found.plain() == data


def test_the_tile_used_longest_ago_goes_first() -> None:
    cache = TileCache(1000)
    for key in "abc":
        cache.put(key, pack(key.encode()))
    assert cache.get("a") is not None
    cache.put("d", pack(b"d"))
    assert cache.get("b") is None
    assert all(cache.get(key) is not None for key in "acd")


def test_a_tile_larger_than_the_memory_is_not_kept() -> None:
    cache = TileCache(10)
    cache.put("a", pack(b"tile"))
    assert cache.get("a") is None
    assert cache.size == 0
