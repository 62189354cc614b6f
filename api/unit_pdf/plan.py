"""The small map of a sheet, drawn from the store: the grid, its units, and the households of one numbered as in the list."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from api.unit_pdf.paper import GREY, INK, Paper
from gis.arrays import F64
from gis.errors import Lang

MARK_MM = 2.4
LAND, FILL, UNIT, GRID = (250, 250, 247), (224, 239, 236), (11, 107, 98), (122, 90, 166)
_ROOM_MM = 2.2  # from the middle of a number to what is beside it
_LEAST_M = 120.0  # across: a unit of one household still shows its surroundings


@dataclass(frozen=True)
class Shape:
    """An area in metres with what is written in it; ``chosen`` is the one that the sheet is about."""

    geom: Any
    text: str
    chosen: bool = False


@dataclass(frozen=True)
class Plan:
    """What a map shows, all in metres of one zone, easting and northing.

    Attributes
    ----------
    around : (n, 2) what must be in sight. marks : numbers and their places.
    """

    outline: Any
    shapes: Sequence[Shape]
    marks: Sequence[tuple[str, tuple[float, float]]]
    around: F64


class _View:
    """From metres to millimetres of the page: one scale both ways, north up."""

    def __init__(self, around: F64, box: tuple[float, float, float, float]) -> None:
        self.x, self.y, self.w, self.h = box
        west, south, east, north = shapely.total_bounds(shapely.points(around))
        self.middle = ((west + east) / 2, (south + north) / 2)
        wide, high = (max(size * 1.25, _LEAST_M) for size in (east - west, north - south))
        self.mm = min(self.w / wide, self.h / high)

    def __call__(self, east: float, north: float) -> tuple[float, float]:
        x = self.x + self.w / 2 + (east - self.middle[0]) * self.mm
        return x, self.y + self.h / 2 - (north - self.middle[1]) * self.mm

    def window(self) -> Any:
        """What is in sight, metres."""
        half_w, half_h = self.w / 2 / self.mm, self.h / 2 / self.mm
        east, north = self.middle
        return shapely.box(east - half_w, north - half_h, east + half_w, north + half_h)


def draw(paper: Paper, plan: Plan, height: float) -> None:
    """Draw a map across the page, ``height`` mm high, below what is written so far."""
    box = (paper.l_margin, paper.get_y() + 1, paper.epw, height)
    view = _View(plan.around, box)
    window = view.window()
    paper.set_line_width(0.2)
    with paper.rect_clip(*box):
        paper.set_fill_color(*LAND)
        paper.rect(*box, style="F")
        for shape in sorted(plan.shapes, key=lambda one: one.chosen):
            _area(paper, view, shape, window)
        paper.set_draw_color(*GRID)
        paper.set_line_width(0.9)
        _outline(paper, view, plan.outline, window, "D")
        for shape in plan.shapes:
            _write(paper, view, shape, plan.marks)
        for text, place in plan.marks:
            _mark(paper, *view(*place), text)
    paper.set_draw_color(*GREY)
    paper.set_line_width(0.2)
    paper.rect(*box)
    _scale(paper, view, paper.reader)
    paper.set_y(box[1] + height + 3)


def _area(paper: Paper, view: _View, shape: Shape, window: Any) -> None:
    paper.set_draw_color(*(UNIT if shape.chosen else GREY))
    paper.set_line_width(0.7 if shape.chosen else 0.2)
    paper.set_fill_color(*(FILL if shape.chosen else LAND))
    _outline(paper, view, shape.geom, window, "DF")


def _outline(paper: Paper, view: _View, geom: Any, window: Any, style: str) -> None:
    """Only what is near the window: a page needs no corners of the far end of a grid."""
    near = shapely.clip_by_rect(geom, *window.buffer(50).bounds)
    for part in shapely.get_parts(near):
        if part.geom_type == "Polygon":
            for ring in _rings(part):
                paper.polygon([view(x, y) for x, y in ring.coords], style=style)


def _rings(part: Any) -> Iterable[Any]:
    return (part.exterior, *part.interiors)


def widest_place(area: Any, marks: Sequence[tuple[str, tuple[float, float]]], clear_m: float) -> tuple[Any, float]:
    """The point of an area with the most room around it, metres, and how much: away from its border and from all marks.

    Parameters
    ----------
    clear_m
        What the marks cover around their places. An area full of marks is taken as if it had none.
    """
    taken = shapely.buffer(shapely.MultiPoint([place for _, place in marks]), clear_m)
    free = shapely.difference(area, taken)
    room = area if free.area < area.area / 20 else free
    with np.errstate(all="ignore"):  # GEOS divides by the height of level edges, and is right all the same
        radius = shapely.maximum_inscribed_circle(room, tolerance=math.sqrt(room.area) / 200)
    return shapely.get_point(radius, 0), radius.length


def _write(paper: Paper, view: _View, shape: Shape, marks: Sequence[tuple[str, tuple[float, float]]]) -> None:
    """The unit's number where it is widest; of one that just reaches into the map only if there is room for it."""
    window = view.window()
    seen = shapely.intersection(shape.geom, window)
    if seen.area == 0 or not shape.text:
        return
    place, room_m = widest_place(seen, marks, (MARK_MM + 0.5) / view.mm)
    room = room_m * view.mm
    if room < _ROOM_MM and not window.contains(shape.geom):
        return
    paper.set_font("han0", size=13 if shape.chosen else 10 if room >= _ROOM_MM else 7)
    paper.set_text_color(*(UNIT if shape.chosen else GREY))
    wide = paper.get_string_width(shape.text) + 2
    x, y = view(place.x, place.y)
    paper.set_xy(x - wide / 2, y - 3)
    paper.cell(wide, 6, shape.text, align="C")
    paper.set_text_color(*INK)


def _mark(paper: Paper, x: float, y: float, text: str) -> None:
    paper.set_draw_color(*INK)
    paper.set_fill_color(255, 255, 255)
    paper.set_line_width(0.3)
    paper.set_font("han0", size=7)
    wide = max(2 * MARK_MM, paper.get_string_width(text) + 2)  # that of a house with flats tells all their numbers
    if wide > 2 * MARK_MM:
        paper.rect(x - wide / 2, y - MARK_MM, wide, 2 * MARK_MM, style="DF", round_corners=True, corner_radius=1)
    else:
        paper.circle(x, y, MARK_MM, style="DF")
    paper.set_xy(x - wide / 2, y - 1.5)
    paper.cell(wide, 3, text, align="C")


def _scale(paper: Paper, view: _View, lang: Lang) -> None:
    """A bar of 1, 2 or 5 times a power of ten metres, and which way is north."""
    most = view.w / 4 / view.mm
    power = 10 ** math.floor(math.log10(most))
    metres = next(step * power for step in (5, 2, 1) if step * power <= most)
    x, y = view.x + 4, view.y + view.h - 4
    paper.set_draw_color(*INK)
    paper.set_line_width(0.5)
    paper.polyline([(x, y - 1.5), (x, y), (x + metres * view.mm, y), (x + metres * view.mm, y - 1.5)])
    paper.set_font("han0", size=8)
    paper.set_xy(x, y - 6)
    paper.cell(30, 4, f"{metres:,.0f} {'米' if lang == 'zh' else 'm'}")
    paper.set_xy(view.x + view.w - 12, view.y + 2)
    paper.cell(10, 5, "北 ↑" if lang == "zh" else "N ↑", align="R")
