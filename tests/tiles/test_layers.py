"""Layer lists, and the documents that describe them."""

from datetime import date

import pytest

from gis.coverage import Edition
from gis.errors import InvalidInput, NotFound
from tiles.layers import LAYERS, is_fixed, parse_layers, permissions
from tiles.tilejson import SYNTHETIC, tilejson

EDITION = Edition(3, "current", date(2024, 1, 1), "年度调整", "planner", True)


def _document(*layers: str, edition: Edition = EDITION) -> dict[str, object]:
    return tilejson(layers, template="http://h/{z}/{x}/{y}.mvt", edition=edition, bounds=(101.1, 24.2, 102.0, 24.9))


def test_layers_come_in_one_order() -> None:
    assert parse_layers("labels,borders,level4") == ("level4", "borders", "labels")
    assert parse_layers(",".join(LAYERS)) == tuple(LAYERS)


@pytest.mark.parametrize("text", ["", "level7", "level4,", "level4,secrets", "Level4", " level4", "x" * 5000])
def test_an_unknown_layer_is_told_the_known_ones(text: str) -> None:
    with pytest.raises(NotFound, match="level2, level3") as caught:
        parse_layers(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("text", ["level4,level4", "level4,borders,level4", ",".join(["level6"] * 10_000)])
def test_a_repeated_layer_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_layers(text)


def test_who_may_see_what() -> None:
    assert permissions(("level4", "borders", "labels", "units", "centres")) == []
    assert permissions(("level4", "households", "disputes")) == ["households.read", "disputes.read"]
    assert is_fixed(("level4", "borders", "labels", "units"))
    assert not is_fixed(("level4", "centres"))


def test_tilejson_describes_each_layer() -> None:
    document = _document("units", "level4")
    assert document["tilejson"] == "3.0.0"
    assert document["minzoom"] == 0
    assert document["maxzoom"] == 16
    assert document["attribution"] == SYNTHETIC
    found = document["vector_layers"]
    assert isinstance(found, list)
    assert [(layer["id"], layer["minzoom"]) for layer in found] == [("units", 12), ("level4", 0)]
    assert set(found[1]["fields"]) == {"code", "name", "level", "parent"}


def test_real_data_carries_no_synthetic_notice() -> None:
    real = Edition(3, "current", date(2024, 1, 1), "年度调整", "planner", False)
    assert _document("level4", edition=real)["attribution"] == ""
