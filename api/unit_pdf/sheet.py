"""Sheets of the units of a grid: what is on them, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from api.unit_pdf.paper import Column, Paper, Words
from api.unit_pdf.plan import Plan, Shape, draw
from gis.arrays import F64
from gis.clock import local_now
from gis.crs import from_storage, metric_crs
from gis.errors import Lang
from gis.unit_board import Board, BoardUnit, Member

W = {
    "sheet": Words("联户单元清单", "Neighbour unit sheet"),
    "sheets": Words("联户单元清单：{name}", "Neighbour units: {name}"),
    "unit": Words("单元编码", "Unit code"),
    "grid": Words("所在网格", "Grid"),
    "head": Words("联户长", "Head"),
    "since": Words("{name}，自 {since}，电话 {phone}", "{name}, since {since}, phone {phone}"),
    "nobody": Words("未定", "nobody"),
    "size": Words("户数", "Households"),
    "count": Words("{n} 户，{people} 人", "{n} households, {people} people"),
    "number": Words("序号", "No."),
    "name": Words("户主", "Householder"),
    "people": Words("人口", "People"),
    "phone": Words("电话", "Phone"),
    "hamlet": Words("村民小组", "Hamlet"),
    "address": Words("地址", "Address"),
    "notes": Words("备注", "Notes"),
    "units": Words("单元", "Unit"),
    "called": Words("名称", "Name"),
    "left": Words("未分单元的户", "Households without a unit"),
    "map": Words(
        "图中数字为清单序号，淡线为相邻单元",
        "Numbers on the map are those of the list; pale lines are neighbouring units",
    ),
    "overview": Words("图中数字为单元号", "Numbers on the map are those of units"),
    "foot": Words(
        "含个人信息，请妥善保管 · {who} {at} 打印 · 第 {edition} 版",
        "Personal data: keep it safe · printed by {who}, {at} · edition {edition}",
    ),
    "synthetic": Words("演示数据：人员与界线均为合成", "Demonstration: people and borders are synthetic"),
    "pages": Words("第 {n} / {all} 页", "page {n} of {all}"),
    "none": Words("这个网格没有联户单元", "This grid has no neighbour unit"),
}


@dataclass(frozen=True, slots=True)
class Print:
    """One print: for whom, in which language, of which place."""

    lang: Lang
    who: str
    path: str
    synthetic: bool


def unit_sheet(board: Board, code: str, how: Print) -> bytes:
    """The sheet of one unit."""
    paper = _paper(board, how, W["sheet"].say(how.lang))
    _unit(paper, board, board.units[code], how)
    return bytes(paper.output())


def grid_sheets(board: Board, how: Print) -> bytes:
    """An overview of a grid's units, a sheet for each, and the households without a unit."""
    title = W["sheets"].say(how.lang, name=how.path.rsplit(" › ", maxsplit=1)[-1])
    paper = _paper(board, how, title)
    _overview(paper, board, title, how)
    for unit in board.units.values():
        _unit(paper, board, unit, how)
    left = [one for one in board.households.values() if one.unit is None]
    if left:
        paper.add_page()
        paper.line_of(W["left"].say(how.lang), 15)
        _list(paper, left, None)
    return bytes(paper.output())


def _paper(board: Board, how: Print, title: str) -> Paper:
    at = local_now().strftime("%Y-%m-%d %H:%M")
    foot = W["foot"].say(how.lang, who=how.who, at=at, edition=board.edition)
    return Paper(how.lang, title, foot, W["pages"])


def _overview(paper: Paper, board: Board, title: str, how: Print) -> None:
    paper.add_page()
    paper.line_of(title, 17)
    _place(paper, how)
    if not board.units:
        paper.line_of(W["none"].say(how.lang), 11)
        return
    shapes = [Shape(_metres(board, one.geom), _number(one.code)) for one in board.units.values()]
    outline = _metres(board, board.outline)
    draw(paper, Plan(outline, shapes, [], np.asarray(outline.envelope.exterior.coords)), 105)
    paper.line_of(W["overview"].say(how.lang), 8.5, grey=True)
    say = {
        name: words.say(how.lang)
        for name, words in W.items()
        if name in {"units", "called", "head", "size", "people", "phone"}
    }
    columns = [
        Column(say["units"], 12, "RIGHT"),
        Column(say["called"], 44),
        Column(say["head"], 32),
        Column(say["phone"], 34),
        Column(say["size"], 20, "RIGHT"),
        Column(say["people"], 16, "RIGHT"),
    ]
    paper.rows(columns, [_unit_row(board, one) for one in board.units.values()])


def _unit_row(board: Board, unit: BoardUnit) -> list[str]:
    members = _members(board, unit)
    head = unit.head()
    chief = None if head is None else board.households.get(head.household)
    return [
        _number(unit.code),
        unit.name,
        chief.head_name if chief else "",
        (chief.phone or "") if chief else "",
        str(len(members)),
        str(sum(one.members for one in members)),
    ]


def _unit(paper: Paper, board: Board, unit: BoardUnit, how: Print) -> None:
    members = _members(board, unit)
    paper.add_page()
    paper.line_of(unit.name, 17)
    _place(paper, how)
    people = sum(one.members for one in members)
    paper.facts(
        [
            (W["unit"].say(how.lang), _grouped(unit.code)),
            (W["head"].say(how.lang), _head(board, unit, how.lang)),
            (W["size"].say(how.lang), W["count"].say(how.lang, n=len(members), people=people)),
        ]
    )
    shapes = [Shape(_metres(board, one.geom), _number(one.code), one is unit) for one in board.units.values()]
    places = dict(zip(board.households, board.xy.tolist(), strict=True))
    marks = marks_of([(places[one.id][0], places[one.id][1]) for one in members])
    around = np.array([place for _, place in marks])
    draw(paper, Plan(_metres(board, board.outline), shapes, marks, around), 88)
    paper.line_of(W["map"].say(how.lang), 8.5, grey=True)
    head = unit.head()
    _list(paper, members, None if head is None else head.household)


def marks_of(places: Sequence[tuple[float, float]]) -> list[tuple[str, tuple[float, float]]]:
    """The numbers of a list on the map, from 1 on; those of one place together, such as 5–7: flats would hide each other."""
    found = dict[tuple[float, float], list[int]]()
    for number, place in enumerate(places, 1):
        found.setdefault(place, []).append(number)
    return [(f"{of[0]}–{of[-1]}" if len(of) > 1 else str(of[0]), place) for place, of in found.items()]


def _list(paper: Paper, members: Sequence[Member], head: object) -> None:
    shares = {"number": 12, "name": 30, "people": 14, "phone": 24, "hamlet": 26, "address": 54, "notes": 22}
    right = {"number", "people"}
    columns = [
        Column(W[name].say(paper.reader), share, "RIGHT" if name in right else "LEFT") for name, share in shares.items()
    ]
    paper.rows(
        columns,
        (
            [
                str(k),
                f"★ {one.head_name}" if one.id == head else one.head_name,
                str(one.members),
                one.phone or "",
                one.hamlet_name or "",
                one.address,
                "",
            ]
            for k, one in enumerate(members, 1)
        ),
    )


def _place(paper: Paper, how: Print) -> None:
    paper.line_of(how.path, 10, grey=True)
    if how.synthetic:
        paper.line_of(W["synthetic"].say(how.lang), 9, grey=True)


def _head(board: Board, unit: BoardUnit, lang: Lang) -> str:
    head = unit.head()
    chief = None if head is None else board.households.get(head.household)
    if head is None or chief is None:
        return W["nobody"].say(lang)
    return W["since"].say(lang, name=chief.head_name, since=head.since, phone=chief.phone or "—")


def _members(board: Board, unit: BoardUnit) -> list[Member]:
    """In the order of reading the map: from north to south."""
    return sorted(
        (one for one in board.households.values() if one.unit == unit.code), key=lambda one: (-one.lat, one.lon)
    )


def _number(code: str) -> str:
    return str(int(code[17:]))


def _grouped(code: str) -> str:
    return " ".join((code[:6], code[6:9], code[9:12], code[12:15], code[15:17], code[17:]))


def _metres(board: Board, geom: Any) -> Any:
    """A geometry in the metres of the board's households."""
    lon = float(board.lonlat[0].mean()) if board.households else float(board.outline.centroid.x)
    zone = metric_crs(lon)

    def to_metres(xy: F64) -> F64:
        return np.column_stack(from_storage(xy[:, 0], xy[:, 1], zone))

    return shapely.transform(geom, to_metres)
