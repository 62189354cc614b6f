"""Disputes: checked row by row, then written with the grid of the edition valid when they were accepted."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

import numpy as np
import shapely

from gis.arrays import F64, Geometries
from gis.clock import CHINA
from gis.db import Connection, bulk_insert, load_queries, to_ewkb
from gis.disputes import Terms
from gis.importer.cells import Cells, is_day
from gis.importer.county import County
from gis.importer.findings import Finding
from gis.importer.mapping import Mapped
from gis.importer.places import Placed
from gis.importer.values import FLAGS, URGENCIES, folded
from gis.scope import Scope
from gis.units import load_units

_SQL = load_queries(Path(__file__).with_name("importer.sql"))
_SOURCE = "导入"
_NOTE = "导入的记录 imported record"
_NOTE_CLOSED = "导入的记录，中间环节未载明 imported record; the steps between are not known"


@dataclass(frozen=True)
class Disputes:
    """Checked columns, (n,) each, of all rows of the file; ``number`` is empty where the file gives none.

    ``edition`` is the one valid when a dispute was accepted, 0 for rows that are rejected for their time.
    """

    number: list[str]
    title: list[str]
    category: list[str | None]
    source: list[str]
    urgency: list[str]
    summary: list[str]
    parties: list[int]
    occurred_at: list[datetime | None]
    accepted_at: list[datetime | None]
    deadline: list[datetime | None]
    closed_at: list[datetime | None]
    mediated: list[bool]
    succeeded: list[bool | None]
    edition: list[int]
    lon: F64
    lat: F64


def check_disputes(
    connection: Connection, mapped: Mapped, cells: Cells, placed: Placed, terms: Terms
) -> tuple[Disputes, list[Finding]]:
    """Check the cells of disputes; deadlines that the file does not give follow from ``terms``."""
    accepted, closed = cells.moments("accepted_at", required=True), cells.moments("closed_at")
    occurred, deadline = cells.moments("occurred_at"), cells.moments("deadline", past=False)
    for earlier, first, later, then in (
        ("occurred_at", occurred, "accepted_at", accepted),
        ("accepted_at", accepted, "closed_at", closed),
        ("accepted_at", accepted, "deadline", deadline),
    ):
        cells.in_order(earlier, first, later, then)
    mediated, succeeded, findings = _outcomes(cells, closed)
    editions, untimely = _editions(connection, accepted)
    found = Disputes(
        number=cells.texts("number"),
        title=cells.names("title", required=True),
        category=cells.words("category", _categories(connection), required=True),
        source=[text or _SOURCE for text in cells.texts("source")],
        urgency=[word or "normal" for word in cells.words("urgency", URGENCIES)],
        summary=cells.texts("summary"),
        parties=[count or 2 for count in cells.counts("parties")],
        occurred_at=[a if a and b and a < b else b for a, b in zip(occurred, accepted, strict=True)],
        accepted_at=accepted,
        deadline=[_deadline(a, b, terms) for a, b in zip(deadline, accepted, strict=True)],
        closed_at=[a if a is None or b is None or a > b else b for a, b in zip(closed, accepted, strict=True)],
        mediated=mediated,
        succeeded=succeeded,
        edition=editions,
        lon=placed.lon,
        lat=placed.lat,
    )
    keys = [found.number[i] or _sameness(found, i) for i in range(len(mapped.table))]
    findings += [Finding("duplicate-row", i, values={"other": other}) for i, other in cells.repeated(keys)]
    return found, findings + untimely


def _outcomes(cells: Cells, closed: Sequence[datetime | None]) -> tuple[list[bool], list[bool | None], list[Finding]]:
    """Whether mediated and with what success: what is closed was mediated unless the file says otherwise."""
    said, succeeded = cells.words("mediated", FLAGS), cells.words("succeeded", FLAGS)
    mediated = [flag if flag is not None else end is not None for flag, end in zip(said, closed, strict=True)]
    findings: list[Finding] = []
    for i, (flag, success, end) in enumerate(zip(mediated, succeeded, closed, strict=True)):
        if success is not None and not flag and end is not None:
            findings.append(Finding("not-mediated", i))
        elif end is None and (flag or success is not None):
            findings.append(Finding("not-closed", i))
    return mediated, succeeded, findings


def _deadline(given: datetime | None, accepted: datetime | None, terms: Terms) -> datetime | None:
    """As given, a day until its end; else so many working days after the acceptance."""
    if given is not None:
        return datetime.combine(given.date(), time(23, 59, 59), given.tzinfo) if is_day(given) else given
    return None if accepted is None else terms.calendar.deadline(accepted, terms.working_days)


def _categories(connection: Connection) -> dict[str, str]:
    """Ids of the categories by their Chinese name, with and without 纠纷, their English name and the id itself."""
    known: dict[str, str] = {}
    for key, zh, en in connection.execute(_SQL["categories"]):
        for word in (zh, zh.removesuffix("纠纷"), en, key):
            known.setdefault(folded(word), key)
    return known


def _editions(connection: Connection, accepted: Sequence[datetime | None]) -> tuple[list[int], list[Finding]]:
    """The edition valid on each day; before the first one, that one."""
    days = [None if at is None else at.astimezone(CHINA).date() for at in accepted]
    first, by_day = 0, dict[object, int | None]()
    for day, number, earliest in connection.execute(_SQL["editions_on"], [sorted({day for day in days if day})]):
        by_day[day], first = number, earliest
    findings = [
        Finding("no-edition", i, values={"edition": first})
        for i, day in enumerate(days)
        if day is not None and by_day[day] is None
    ]
    return [0 if day is None else by_day[day] or first for day in days], findings


def _sameness(found: Disputes, i: int) -> object:
    if np.isnan(found.lon[i]):
        return None
    return found.title[i], found.category[i], found.accepted_at[i], float(found.lon[i]), float(found.lat[i])


def stored_disputes(connection: Connection, found: Disputes, rows: Sequence[int]) -> list[Finding]:
    """Rows (of ``rows``) that the store has already: by number, or the same title and time at the same point."""
    given = {
        "row": list(rows),
        "number": [found.number[i] or None for i in rows],
        "title": [found.title[i] for i in rows],
        "accepted_at": [found.accepted_at[i] for i in rows],
        "lon": found.lon[rows].tolist(),
        "lat": found.lat[rows].tolist(),
    }
    return [Finding("already-stored", row[0]) for row in connection.execute(_SQL["stored_disputes"], given)]


@dataclass(frozen=True, slots=True)
class _Spot:
    grid: str
    unit: str | None
    border_m: float


def _spots(
    connection: Connection, found: Disputes, rows: Sequence[int], edition: Callable[[int], County]
) -> dict[int, _Spot]:
    """Grid, unit and distance to the border of each row, in the edition valid when it was accepted."""
    spots: dict[int, _Spot] = {}
    for number in sorted({found.edition[i] for i in rows}):
        mine = [i for i in rows if found.edition[i] == number]
        lon, lat, then = found.lon[mine], found.lat[mine], edition(number)
        index = then.locator.locate(lon, lat)
        grids = then.locator.codes[index]
        border_m, _ = then.locator.border(lon, lat, index)
        units, _ = load_units(connection, number, "").nearest(grids, lon, lat)
        for i, grid, unit, metres in zip(mine, grids.tolist(), units, border_m.tolist(), strict=True):
            spots[i] = _Spot(grid, unit, metres)
    return spots


def beyond_their_edition(found: Disputes, rows: Sequence[int], edition: Callable[[int], County]) -> list[Finding]:
    """Rows whose point lies in the county now, but lay outside it in the edition valid when they were accepted."""
    findings: list[Finding] = []
    for number in sorted({found.edition[i] for i in rows}):
        mine = np.array([i for i in rows if found.edition[i] == number])
        then = edition(number)
        out: list[int] = mine[then.located(found.lon[mine], found.lat[mine]) < 0].tolist()
        if out:
            metres = then.distance_m(found.lon[out], found.lat[out]).tolist()
            places = zip(out, metres, _points(found, out), strict=True)
            findings += [Finding("outside", i, size=size, geometry=place) for i, size, place in places]
    return findings


def write_disputes(
    connection: Connection,
    found: Disputes,
    rows: Sequence[int],
    edition: Callable[[int], County],
    county: County,
    *,
    scope: Scope,
    near_border_m: float,
) -> dict[str, int]:
    """Write rows with their log; open ones are dealt with by the grid of the current edition.

    Returns
    -------
    Number of rows written, by table.
    """
    if not rows:
        return {"dispute": 0}
    spots = _spots(connection, found, rows, edition)
    ids = {i: uuid.uuid4() for i in rows}
    points = dict(zip(rows, to_ewkb(_points(found, rows)), strict=True))
    numbers = _numbers(connection, found, rows)
    records = [
        (
            ids[i], numbers[i], found.title[i], found.category[i], found.source[i], found.urgency[i], found.summary[i],
            found.parties[i], points[i], found.occurred_at[i], found.accepted_at[i], found.deadline[i],
            found.closed_at[i], found.mediated[i], found.succeeded[i],
            "accept" if found.closed_at[i] is None else "close", spots[i].grid, spots[i].unit, found.edition[i],
            spots[i].border_m, spots[i].border_m > 0 and spots[i].border_m >= near_border_m,
        )
        for i in rows
    ]  # fmt: skip
    columns = (
        "id", "number", "title", "category", "source", "urgency", "summary", "parties", "geom", "occurred_at",
        "accepted_at", "deadline", "closed_at", "mediated", "succeeded", "state", "grid_code", "unit_code", "edition",
        "border_m", "sure",
    )  # fmt: skip
    bulk_insert(connection, ("gis", "dispute"), columns, records)
    _assign_open(connection, found, ids, county)
    return {"dispute": len(rows), "dispute_event": _write_log(connection, found, ids, scope)}


def _numbers(connection: Connection, found: Disputes, rows: Sequence[int]) -> dict[int, str]:
    """Numbers as the file gives them, else receipt numbers of the year of acceptance."""
    without = [i for i in rows if not found.number[i]]
    receipts = [row[0] for row in connection.execute(_SQL["receipts"], [len(without)])]
    given = {i: found.number[i] for i in rows if found.number[i]}
    years = {i: at.astimezone(CHINA).year for i in without if (at := found.accepted_at[i]) is not None}
    return given | {i: f"{years[i]}-{number:06d}" for i, number in zip(without, receipts, strict=True)}


def _assign_open(connection: Connection, found: Disputes, ids: dict[int, uuid.UUID], county: County) -> None:
    still_open = [i for i in ids if found.closed_at[i] is None]
    lon, lat = found.lon[still_open], found.lat[still_open]
    grids = county.locator.codes_at(lon, lat)
    units, _ = load_units(connection, county.edition, "").nearest(grids, lon, lat)
    rows = [
        (ids[i], grid, unit, county.edition) for i, grid, unit in zip(still_open, grids.tolist(), units, strict=True)
    ]
    columns = ("dispute_id", "grid_code", "unit_code", "edition_from")
    bulk_insert(connection, ("gis", "dispute_assignment"), columns, rows)


def _write_log(connection: Connection, found: Disputes, ids: dict[int, uuid.UUID], scope: Scope) -> int:
    who = (scope.actor, scope.role)
    log = [(key, found.accepted_at[i], None, "accept", *who, _NOTE, None) for i, key in ids.items()]
    log += [
        (key, found.closed_at[i], "accept", "close", *who, _NOTE_CLOSED, found.succeeded[i])
        for i, key in ids.items()
        if found.closed_at[i] is not None
    ]
    columns = ("dispute_id", "at", "from_state", "to_state", "actor", "actor_role", "note", "succeeded")
    return bulk_insert(connection, ("gis", "dispute_event"), columns, log)


def _points(found: Disputes, rows: Sequence[int]) -> Geometries:
    return np.array(shapely.points(np.column_stack([found.lon[rows], found.lat[rows]])), dtype=np.object_)
