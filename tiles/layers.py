"""The layers that tiles are made of: the one place that says what they carry, from which zoom, and for whom."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from gis.errors import InvalidInput, NotFound

Permission = Literal["households.read", "disputes.read"]

DETAIL_FROM = {2: 0, 3: 0, 4: 7, 5: 9, 6: 11}
"""Zoom from which borders and labels of a level are in the tiles; closer out nobody could tell them apart."""
UNITS_FROM = 12
COUNTED_AT = {3: 8, 4: 10, 5: 11}
"""Personal layers hold counts per grid of these levels, up to these zooms: the bands in which the style names them."""
AGGREGATED_TO = max(COUNTED_AT.values())
"""Last zoom at which personal layers hold counts per grid."""
CLUSTERED_TO = 13
"""Last zoom at which they hold clusters of points near each other; beyond it they hold single points."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes
    ----------
    name : its name in addresses and in the tile.
    title : Chinese and English.
    fields : property → what it is, Chinese and English.
    minzoom : first zoom at which it holds anything.
    level : level of the grids that are its features, where it is one of the five.
    permission : what a caller needs; None for everybody.
    fixed : whether it is stored with an edition.
    """

    name: str
    title: str
    fields: dict[str, str]
    minzoom: int = 0
    level: int | None = None
    permission: Permission | None = None
    fixed: bool = True


_CODE, _NAME, _LEVEL = "编码 · code, text", "名称 · name", "级别 2–6 · level 2–6"
_COUNTS = "按网格汇总时 · when counted per grid"
_SUMS = "汇总或聚合时 · when counted or clustered"
_GRIDS = {
    2: "县 · county",
    3: "乡镇 · townships",
    4: "村（社区） · villages",
    5: "网格 · grids",
    6: "基础网格 · basic grids",
}

_ALL = (
    *(
        Layer(
            f"level{level}",
            title,
            {"code": _CODE, "name": _NAME, "level": _LEVEL, "parent": "上级编码 · code of the parent"},
            level=level,
        )
        for level, title in _GRIDS.items()
    ),
    Layer(
        "borders",
        "界线，每条只画一次；村界自 7 级、网格界自 9 级、基础网格界自 11 级 · "
        "borders, each once; of villages from z7, of grids from z9, of basic grids from z11",
        {
            "level": "所分隔的最高级别 · highest level that it bounds",
            "left": "左侧网格编码 · code of that level on the left",
            "right": "右侧网格编码，县界外侧没有 · code on the right, none outside the county",
        },
    ),
    Layer(
        "labels",
        "注记点，每个网格一个；级别随缩放同界线 · one label point per grid, levels by zoom as borders",
        {
            "code": _CODE,
            "name": _NAME,
            "level": _LEVEL,
            "short": "编码末段 · last part of the code",
            "rank": "越小越先显示 · lower is placed first",
        },
    ),
    Layer(
        "units",
        "联户单元（十联户） · neighbour units",
        {"code": _CODE, "name": _NAME, "grid_code": "所在基础网格 · its basic grid"},
        minzoom=UNITS_FROM,
    ),
    Layer(
        "centres",
        "综治中心 · centres",
        {"code": "所在网格编码 · code of its grid", "name": _NAME, "level": _LEVEL},
        fixed=False,
    ),
    Layer(
        "figures",
        "数据：每个网格的户数与当年纠纷，不足 k 的及可推出它的都隐去 · "
        "figures of grids: households, and disputes of the year; those below k and what gives them away are hidden",
        {
            "code": _CODE,
            "name": _NAME,
            "level": _LEVEL,
            "households": "户数 · households",
            "red": "红色户数 · red",
            "yellow": "黄色户数 · yellow",
            "green": "绿色户数 · green",
            "accepted": "受理纠纷件数 · disputes accepted",
            "open": "其中未办结 · of these not closed",
            "hidden": "隐去的各项，以逗号分隔 · the hidden ones, with commas",
        },
        fixed=False,
    ),
    Layer(
        "households",
        "户：11 级以内按网格汇总，13 级以内邻近聚合，此后逐户 · "
        "households: counts per grid up to z11, clusters up to z13, then one by one",
        {
            "id": "户标识 · identifier",
            "risk": "风险 red, yellow, green；none 为未评级 · risk; none is not rated",
            "code": f"{_COUNTS}：编码 · code",
            "name": f"{_COUNTS}：名称 · name",
            "level": f"{_COUNTS}：级别 · level",
            "count": f"{_SUMS}：户数 · households",
            "red": f"{_SUMS}：红色户数 · red",
            "yellow": f"{_SUMS}：黄色户数 · yellow",
            "green": f"{_SUMS}：绿色户数 · green",
        },
        permission="households.read",
        fixed=False,
    ),
    Layer(
        "disputes",
        "矛盾纠纷：11 级以内按网格汇总，13 级以内邻近聚合，此后逐件 · "
        "disputes: counts per grid up to z11, clusters up to z13, then one by one",
        {
            "id": "纠纷标识 · identifier",
            "category": "类别 · category",
            "state": "环节 · state",
            "urgency": "紧急程度 · urgency",
            "code": f"{_COUNTS}：编码 · code",
            "name": f"{_COUNTS}：名称 · name",
            "level": f"{_COUNTS}：级别 · level",
            "count": f"{_SUMS}：件数 · disputes",
            "open": f"{_SUMS}：未办结件数 · not closed",
            "urgent": f"{_SUMS}：紧急件数 · urgent",
        },
        permission="disputes.read",
        fixed=False,
    ),
)

LAYERS = {layer.name: layer for layer in _ALL}
"""Every layer by name, in the order in which tiles hold them."""
STORED = tuple(layer.name for layer in _ALL if layer.fixed)
"""The layers that are stored with an edition, in the same order."""
GROUPS = (tuple(name for name in STORED if name != "units"), ("units",))
"""Those that are compressed together, as maps ask for them: what levels and borders have in common is told once."""


@lru_cache(maxsize=256)
def by_group(names: tuple[str, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """For stored layers by name each group that has any of them, and their places in it."""
    places = [tuple(place for place, name in enumerate(group) if name in names) for group in GROUPS]
    return [(number, found) for number, found in enumerate(places) if found]


def deepest_level(ground_zoom: int) -> int:
    """The lowest level that borders and labels show at a zoom of WebMercatorQuad."""
    return max(level for level, first in DETAIL_FROM.items() if ground_zoom >= first)


def counted_level(ground_zoom: int) -> int | None:
    """Level of the grids by which personal layers count at a zoom of WebMercatorQuad, None beyond those zooms."""
    return next((level for level, last in COUNTED_AT.items() if ground_zoom <= last), None)


def parse_layers(text: str) -> tuple[str, ...]:
    """The layers that a comma list names, in their own order, so that equal tiles have one address in memory.

    Raises
    ------
    NotFound
        If there is no such layer; it names those there are.
    InvalidInput
        If one is named twice (a tile would hold it twice).
    """
    names = text.split(",")
    for name in names[: len(LAYERS) + 1]:
        if name not in LAYERS:
            known = ", ".join(LAYERS)
            raise NotFound(what_zh=f"图层（可用：{known}）", what_en=f"layer (known: {known})", value=name[:40])
    if len(set(names)) < len(names):
        raise InvalidInput(field="layers", reason_zh="图层重复", reason_en="a layer is named twice")
    return tuple(name for name in LAYERS if name in names)


def permissions(names: tuple[str, ...]) -> list[Permission]:
    """What a caller needs for these layers, in the order of the layers; empty for public ones."""
    return [needed for name in names if (needed := LAYERS[name].permission) is not None]


def is_lasting(names: tuple[str, ...]) -> bool:
    """Whether an edition's tiles of these layers never change: units do, by hand."""
    return "units" not in names and is_fixed(names)


def is_fixed(names: tuple[str, ...]) -> bool:
    """Whether an edition's tiles of these layers are stored."""
    return all(LAYERS[name].fixed for name in names)
