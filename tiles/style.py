"""The one map style, for our page and for foreign clients: what is drawn at which zoom, by day and by night.

A level shows in its own band of zooms; the borders of the levels above it stay, thicker. No ``glyphs`` address is
given on purpose: MapLibre GL then draws every character from the fonts of the reader's machine, so that no font
has to be fetched and rare characters of place names are not lost.
"""

from dataclasses import dataclass
from typing import Any, Literal

Theme = Literal["day", "night"]
Lang = Literal["zh", "en"]

LAYERS = "level2,level3,level4,level5,level6,borders,labels"
# Zooms [from, to) in which a level is the one that is filled, labelled and clicked.
BANDS: dict[int, tuple[float, float]] = {3: (0, 9), 4: (9, 11), 5: (11, 13), 6: (13, 24)}
# Zooms [from, to) of a level's names: a parent's stays on for a while below its band.
LABELS: dict[int, tuple[float, float]] = {2: (0, 7.5), 3: (7.5, 11), 4: (9, 13), 5: (11, 13), 6: (13, 24)}
SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "Noto Sans")
TITLES: dict[int, tuple[str, str]] = {
    2: ("县", "County"),
    3: ("乡镇", "Township"),
    4: ("村（社区）", "Village or community"),
    5: ("网格", "Grid"),
    6: ("基础网格", "Basic grid"),
}


@dataclass(frozen=True)
class Palette:
    """Colours of a theme: land per township (cycled), borders and names per level."""

    outside: str
    band: str
    land: tuple[str, ...]
    borders: dict[int, str]
    names: dict[int, str]
    code: str
    halo: str


PALETTES: dict[Theme, Palette] = {
    "day": Palette(
        outside="#dde4e1",
        band="#c6d1cc",
        land=("#f3f0e4", "#e6eee4", "#f4ebe2", "#e4ecee", "#eef0dd", "#efe9ee", "#e2eee9", "#f5f1ec"),
        borders={2: "#37514a", 3: "#5d776f", 4: "#84988f", 5: "#a3b3ac", 6: "#b4c1bb"},
        names={2: "#16302a", 3: "#1c3b34", 4: "#2c4a43", 5: "#34504a", 6: "#34504a"},
        code="#4a635d",
        halo="#fbfbf7",
    ),
    "night": Palette(
        outside="#0a1113",
        band="#18292a",
        land=("#17211f", "#15231f", "#1d211f", "#152024", "#1b2319", "#1c1f25", "#142422", "#1f2120"),
        borders={2: "#8fb5aa", 3: "#64857c", 4: "#48615a", 5: "#374b45", 6: "#31433e"},
        names={2: "#f0f6f3", 3: "#e3ede9", 4: "#cfddd8", 5: "#c2d2cc", 6: "#c2d2cc"},
        code="#8ea79f",
        halo="#0d1517",
    ),
}
# Line widths in pixels at zooms 7, 11 and 16, per level of the border.
WIDTHS: dict[int, tuple[float, float, float]] = {
    2: (1.8, 3.4, 5.0),
    3: (0.9, 2.2, 3.6),
    4: (0.5, 1.1, 2.4),
    5: (0.4, 0.7, 1.4),
    6: (0.4, 0.7, 1.0),
}
# Name sizes in pixels at the first and the last zoom at which the level is labelled.
SIZES: dict[int, tuple[float, float]] = {2: (14, 22), 3: (13, 19), 4: (12, 17), 5: (11, 15), 6: (12, 17)}


def style(
    base_url: str, theme: Theme = "day", lang: Lang = "zh", *, centre: tuple[float, float] | None = None
) -> dict[str, Any]:
    """The MapLibre style (version 8) over the tiles served under ``base_url``.

    Parameters
    ----------
    base_url
        Scheme, host and path before ``/tiles``, without a closing slash; with ``/editions/{n}`` at its end the
        style shows that edition.
    theme
        ``day`` or ``night``.
    lang
        Language of the style's name and of the layers' titles (``metadata["wangge:title"]``).
    centre
        (lon, lat) in degrees, EPSG:4490, of the first view; left out where not given.
    """
    palette = PALETTES[theme]
    document: dict[str, Any] = {
        "version": 8,
        "name": "网格 wangge" if lang == "zh" else "wangge grids",
        "metadata": {"wangge:theme": theme, "wangge:bands": {str(k): list(v) for k, v in BANDS.items()}},
        "sources": {"wangge": {"type": "vector", "url": f"{base_url}/tiles/{LAYERS}.json"}},
        "layers": [
            {"id": "background", "type": "background", "paint": {"background-color": palette.outside}},
            _county_band(palette),
            *(_fill(level, palette, lang) for level in BANDS),
            *(_border(level, palette, lang) for level in (6, 5, 4, 3, 2)),
            *(_label(level, palette, lang) for level in (6, 5, 4, 3, 2)),
        ],
    }
    if centre is not None:
        document |= {"center": list(centre), "zoom": 8.6}
    return document


def _layer(name: str, kind: str, source_layer: str, zooms: tuple[float, float]) -> dict[str, Any]:
    """A layer's frame; a zoom of 0 or 24 is no limit and left out."""
    first, last = zooms
    layer: dict[str, Any] = {"id": name, "type": kind, "source": "wangge", "source-layer": source_layer}
    if first > 0:
        layer["minzoom"] = first
    if last < 24:
        layer["maxzoom"] = last
    return layer


def _titled(layer: dict[str, Any], level: int, lang: Lang) -> dict[str, Any]:
    return layer | {"metadata": {"wangge:title": TITLES[level][0 if lang == "zh" else 1], "wangge:level": level}}


def _fill(level: int, palette: Palette, lang: Lang) -> dict[str, Any]:
    """Land in the tint of its township, so that one still knows where one is after zooming in."""
    township = ["to-number", ["slice", ["get", "code"], 6, 9], 0]
    tint: list[Any] = ["match", ["%", township, len(palette.land)]]
    for number, colour in enumerate(palette.land[1:], start=1):
        tint += [number, colour]
    tint.append(palette.land[0])
    paint = {"fill-color": tint, "fill-antialias": False}
    return _titled(_layer(f"fill-level{level}", "fill", f"level{level}", BANDS[level]), level, lang) | {"paint": paint}


def _county_band(palette: Palette) -> dict[str, Any]:
    """A soft band outside the county's own border, as printed maps have it: the land covers its inner half."""
    return _layer("background-band", "line", "borders", (0, 24)) | {
        "filter": ["==", ["get", "level"], 2],
        "layout": {"line-join": "round", "line-cap": "round"},
        "paint": {
            "line-color": palette.band,
            "line-width": _by_zoom((7, 7), (11, 14), (16, 22)),
        },
    }


def _border(level: int, palette: Palette, lang: Lang) -> dict[str, Any]:
    first = BANDS[level][0] if level > 3 else 0
    width = WIDTHS[level]
    layer = _titled(_layer(f"borders-level{level}", "line", "borders", (first, 24)), level, lang)
    return layer | {
        "filter": ["==", ["get", "level"], level],
        "layout": {"line-join": "round", "line-cap": "round"},
        "paint": {
            "line-color": palette.borders[level],
            "line-width": _by_zoom((7, width[0]), (11, width[1]), (16, width[2])),
        },
    }


def _label(level: int, palette: Palette, lang: Lang) -> dict[str, Any]:
    first, last = LABELS[level]
    layer = _titled(_layer(f"labels-level{level}", "symbol", "labels", (first, last)), level, lang)
    return layer | {
        "filter": ["==", ["get", "level"], level],
        "layout": {
            "text-field": _text(level, palette),
            "text-font": [f"{SANS[0]} Bold", *SANS] if level <= 4 else list(SANS),
            "text-size": _by_zoom((first, SIZES[level][0]), (min(last, 17), SIZES[level][1])),
            "text-max-width": 8,
            "text-padding": 3,
            "text-line-height": 1.15,
            "symbol-sort-key": ["get", "rank"],
        },
        "paint": {
            "text-color": palette.names[level],
            "text-halo-color": palette.halo,
            "text-halo-width": 1.6,
        },
    }


def _text(level: int, palette: Palette) -> list[Any] | str:
    """Name over the last part of the code; a basic grid's number means little without its grid's."""
    if level == 2:
        return "{name}"
    number: list[Any] = ["get", "short"]
    if level == 6:
        number = ["concat", ["slice", ["get", "code"], 12, 15], " ", ["get", "short"]]
    small = {"font-scale": 0.78, "text-color": palette.code}
    return ["format", _short_name() if level == 4 else ["get", "name"], {}, "\n", {}, number, small]


def _short_name() -> list[Any]:
    """A village or community without "committee": 麻旺村民委员会 is 麻旺村, 海资底社区居民委员会 is 海资底社区."""
    name = ["get", "name"]
    residents, villagers = (["index-of", suffix, name] for suffix in ("居民委员会", "村民委员会"))
    shortened = ["case", [">", residents, 0], ["slice", name, 0, residents]]
    return [*shortened, [">", villagers, 0], ["slice", name, 0, ["+", villagers, 1]], name]


def _by_zoom(*stops: tuple[float, float]) -> list[Any]:
    """Values at zooms, linear between them."""
    return ["interpolate", ["linear"], ["zoom"], *(value for stop in stops for value in stop)]
