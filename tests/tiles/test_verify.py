"""What is wrong with a tile is found: a check that finds nothing in good tiles is worth nothing otherwise."""

import mapbox_vector_tile
import pytest
import shapely

from tiles.verify import wrongs

LEFT, RIGHT = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
WHOLE = shapely.box(0, 0, 20, 10)
BENT = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10, 5)])


def _layer(name: str, areas: list[shapely.Polygon]) -> bytes:
    features = [{"geometry": area, "properties": {}} for area in areas]
    return mapbox_vector_tile.encode([{"name": name, "features": features}])


def _tile(**levels: list[shapely.Polygon]) -> dict[str, bytes]:
    areas = {f"level{level}": [WHOLE] for level in range(2, 6)} | {"level6": [LEFT, RIGHT]} | levels
    return {name: _layer(name, found) for name, found in areas.items()}


def _found(tile: dict[str, bytes]) -> set[tuple[str, str]]:
    return {(layer, what) for layer, what, _ in wrongs(b"".join(tile.values()))}


def test_a_good_tile_has_nothing_wrong() -> None:
    assert _found(_tile()) == set()
    assert _found(_tile(level5=[LEFT, RIGHT])) == set()


@pytest.mark.parametrize(
    ("areas", "what"),
    [
        ([shapely.box(0, 0, 19, 10)], "gap"),
        ([shapely.box(0, 0, 21, 10)], "beyond"),
        ([WHOLE, LEFT], "overlap"),
        ([LEFT, BENT], "unmatched"),
    ],
)
def test_what_a_level_lacks_or_has_too_much_is_found(areas: list[shapely.Polygon], what: str) -> None:
    assert ("level4", what) in _found(_tile(level4=areas))


def test_a_level_that_is_missing_is_a_gap() -> None:
    tile = _tile()
    del tile["level3"]
    assert _found(tile) == {("level3", "gap")}
