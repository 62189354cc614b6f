"""The style names only what the tiles carry and covers every zoom with exactly one clickable level."""

from itertools import pairwise
from typing import Any

import pytest

from tiles.style import BANDS, LAYERS, PALETTES, Theme, style

BASE = "http://127.0.0.1:8000"


def _numbers(colour: str) -> list[float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def _contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, definitions of relative luminance and contrast ratio)."""
    lights = sorted(
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), _numbers(colour), strict=True)) for colour in (one, other)
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _layers(theme: Theme = "day") -> list[dict[str, Any]]:
    return style(BASE, theme)["layers"]


def test_bands_follow_each_other_without_gap_or_overlap() -> None:
    edges = [BANDS[level] for level in sorted(BANDS)]
    assert edges[0][0] == 0
    assert edges[-1][1] == 24
    assert all(before[1] == after[0] for before, after in pairwise(edges))


@pytest.mark.parametrize("theme", ["day", "night"])
def test_every_layer_draws_a_layer_of_the_one_source(theme: Theme) -> None:
    document = style(BASE, theme)
    assert document["version"] == 8
    assert document["sources"] == {"wangge": {"type": "vector", "url": f"{BASE}/tiles/{LAYERS}.json"}}
    drawn = [layer for layer in document["layers"] if layer["type"] != "background"]
    assert {layer["source"] for layer in drawn} == {"wangge"}
    assert {layer["source-layer"] for layer in drawn} <= set(LAYERS.split(","))


def test_layer_names_are_unique_and_cover_the_levels() -> None:
    names = [layer["id"] for layer in _layers()]
    assert len(names) == len(set(names))
    assert {f"fill-level{level}" for level in (3, 4, 5, 6)} <= set(names)
    assert {f"borders-level{level}" for level in (2, 3, 4, 5, 6)} <= set(names)
    assert {f"labels-level{level}" for level in (2, 3, 4, 5, 6)} <= set(names)


def test_a_border_appears_with_its_level_and_then_stays() -> None:
    for layer in _layers():
        if layer["id"].startswith("borders-level"):
            level = layer["metadata"]["wangge:level"]
            assert layer.get("minzoom", 0) == (BANDS[level][0] if level > 3 else 0)
            assert "maxzoom" not in layer


def test_a_parents_border_is_never_thinner_than_its_childs() -> None:
    widths = {
        layer["metadata"]["wangge:level"]: layer["paint"]["line-width"][4::2]
        for layer in _layers()
        if layer["id"].startswith("borders-level")
    }
    for level in (2, 3, 4, 5):
        assert all(p >= c for p, c in zip(widths[level], widths[level + 1], strict=True))


def test_no_font_is_fetched() -> None:
    assert not {"glyphs", "sprite", "font-faces"} & set(style(BASE))


@pytest.mark.parametrize("theme", ["day", "night"])
def test_names_stand_out_from_every_land_colour(theme: Theme) -> None:
    palette = PALETTES[theme]
    for land in palette.land:
        assert min(_contrast(name, land) for name in (*palette.names.values(), palette.code)) >= 4.5


def test_titles_speak_both_languages() -> None:
    titles = [
        {layer["metadata"]["wangge:title"] for layer in style(BASE, "day", lang)["layers"] if "metadata" in layer}
        for lang in ("zh", "en")
    ]
    assert not titles[0] & titles[1]
    assert len(titles[0]) == len(titles[1]) == 5


def test_the_first_view_is_where_asked() -> None:
    assert style(BASE, centre=(101.6, 24.6))["center"] == [101.6, 24.6]
    assert "center" not in style(BASE)
