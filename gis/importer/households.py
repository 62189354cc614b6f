"""Households: checked row by row, then written with their hamlets, ratings, grids and units."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.arrays import F64, Texts
from gis.assign import assign_edition
from gis.clock import local_now, local_today
from gis.db import Connection, bulk_insert, load_queries, to_ewkb
from gis.importer.cells import Cells
from gis.importer.county import County, Named
from gis.importer.findings import Finding
from gis.importer.mapping import Mapped
from gis.importer.places import Placed
from gis.importer.values import RISKS

_SQL = load_queries(Path(__file__).with_name("importer.sql"))
_IDS = uuid.UUID("6f1b6a3e-9a55-4b0e-8d3c-0f5d0c7e2b11")  # namespace of ids that other systems gave
_REASON = "导入 imported"


@dataclass(frozen=True)
class Households:
    """Checked columns, (n,) each, of all rows of the file; ``id`` is None where the file gives none."""

    id: list[uuid.UUID | None]
    head_name: list[str]
    phone: list[str | None]
    members: list[int]
    address: list[str]
    hamlet: list[str]
    risk: list[str | None]
    risk_reason: list[str]
    village: list[str]
    lon: F64
    lat: F64


def check_households(
    mapped: Mapped, cells: Cells, placed: Placed, named: Sequence[Named], county: County
) -> tuple[Households, list[Finding]]:
    """Check the cells of households; findings of places are those of ``placed``."""
    members = cells.counts("members")
    findings: list[Finding] = []
    if mapped.has("members"):
        missing = [i for i, text in enumerate(cells.texts("members")) if not text]
        findings += [Finding("no-members", i) for i in missing]
    located = np.append(county.locator.codes, "")[county.located(placed.lon, placed.lat)].astype("U12").tolist()
    found = Households(
        id=[identity(text) for text in cells.texts("id")],
        head_name=cells.names("head_name", required=True),
        phone=cells.phones(),
        members=[count or 1 for count in members],
        address=cells.texts("address"),
        hamlet=cells.names("hamlet"),
        risk=cells.words("risk", RISKS),
        risk_reason=cells.texts("risk_reason"),
        village=[said.code[:12] if len(said.code) >= 12 else at for said, at in zip(named, located, strict=True)],
        lon=placed.lon,
        lat=placed.lat,
    )
    keys = [_sameness(found, i) for i in range(len(mapped.table))]
    findings += [Finding("duplicate-row", i, values={"other": other}) for i, other in cells.repeated(keys)]
    return found, findings


def identity(text: str) -> uuid.UUID | None:
    """The id of a household: a UUID as it is; an id of another system always becomes the same one."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid5(_IDS, text)


def _sameness(found: Households, i: int) -> object:
    """What two rows of one household have in common: the id, else everything that describes it."""
    if found.id[i] is not None:
        return found.id[i]
    if np.isnan(found.lon[i]):
        return None
    return found.head_name[i], found.phone[i], found.address[i], float(found.lon[i]), float(found.lat[i])


def stored_households(connection: Connection, found: Households, rows: Sequence[int]) -> list[Finding]:
    """Rows (of ``rows``) that the store has already: by id, or the same name, phone and address at the same point."""
    if connection.execute(_SQL["any_household"]).fetchone() is None:
        return []
    with_id = [i for i in rows if found.id[i] is not None]
    given = {
        "row": list(rows),
        "head_name": [found.head_name[i] for i in rows],
        "phone": [found.phone[i] for i in rows],
        "address": [found.address[i] for i in rows],
        "lon": found.lon[rows].tolist(),
        "lat": found.lat[rows].tolist(),
    }
    there = connection.execute(_SQL["stored_by_content"], given).fetchall()
    there += connection.execute(_SQL["stored_by_id"], {"row": with_id, "id": [found.id[i] for i in with_id]}).fetchall()
    return [Finding("already-stored", i) for i in sorted({row[0] for row in there})]


def write_households(
    connection: Connection, found: Households, rows: Sequence[int], county: County, *, actor: str
) -> dict[str, int]:
    """Write rows and assign them in the current edition: newcomers join the units of their grid.

    Returns
    -------
    Number of rows written, by table.
    """
    if not rows:
        return {"household": 0}
    lon, lat = found.lon[rows], found.lat[rows]
    grids = county.locator.codes[county.located(lon, lat)]
    ids = [found.id[i] or uuid.uuid4() for i in rows]
    hamlets, new_hamlets = _hamlets(connection, found, rows)
    points = to_ewkb(np.array(shapely.points(lon, lat)))
    today = local_today()
    records = [
        (
            key, hamlet, found.head_name[i], found.phone[i], found.members[i], found.address[i], point, grid, today
        )
        for key, hamlet, i, point, grid in zip(ids, hamlets, rows, points, grids.tolist(), strict=True)
    ]  # fmt: skip
    columns = ("id", "hamlet_id", "head_name", "phone", "members", "address", "geom", "grid_code", "since")
    bulk_insert(connection, ("gis", "household"), columns, records)
    ratings = _write_ratings(connection, found, rows, ids, actor)
    touched = sorted(set(grids.tolist()))
    outlines = {code: county.leaves[code] for code in touched}
    assign_edition(connection, county.edition, county.locator, outlines, left=touched)
    return {"household": len(rows), "risk_rating": ratings, "hamlet": new_hamlets}


def _write_ratings(
    connection: Connection, found: Households, rows: Sequence[int], ids: Sequence[uuid.UUID], actor: str
) -> int:
    now = local_now()
    ratings = [
        (key, found.risk[i], found.risk_reason[i] or _REASON, actor, now)
        for key, i in zip(ids, rows, strict=True)
        if found.risk[i]
    ]
    columns = ("household_id", "level", "reason", "rated_by", "rated_at")
    return bulk_insert(connection, ("gis", "risk_rating"), columns, ratings)


def _hamlets(connection: Connection, found: Households, rows: Sequence[int]) -> tuple[list[int | None], int]:
    """The id of each row's hamlet; a hamlet that is not there yet is made in the middle of its households."""
    said = [(found.village[i], found.hamlet[i]) for i in rows]
    wanted = sorted({pair for pair in said if pair[1]})
    villages, names = [pair[0] for pair in wanted], [pair[1] for pair in wanted]
    known = _known_hamlets(connection, villages, names)
    missing = [pair for pair in wanted if pair not in known]
    if missing:
        middle = _middles(np.array(["\t".join(pair) for pair in said]), found.lon[rows], found.lat[rows])
        points: list[Any] = [shapely.Point(middle["\t".join(pair)]) for pair in missing]
        new = zip(["/".join(pair) for pair in missing], missing, to_ewkb(points), strict=True)
        bulk_insert(
            connection, ("gis", "hamlet"), ("key", "village", "name", "geom"), ((k, *pair, p) for k, pair, p in new)
        )
        known = _known_hamlets(connection, villages, names)
    return [known.get(pair) for pair in said], len(missing)


def _known_hamlets(connection: Connection, villages: list[str], names: list[str]) -> dict[tuple[str, str], int]:
    rows = connection.execute(_SQL["hamlets"], [villages, names]).fetchall()
    return {(village, name): number for number, village, name in rows}


def _middles(keys: Texts, lon: F64, lat: F64) -> dict[str, tuple[float, float]]:
    """The median position of each key's points."""
    names, owner = np.unique(keys, return_inverse=True)
    order = np.argsort(owner, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1)
    return {
        str(name): (float(np.median(lon[part])), float(np.median(lat[part])))
        for name, part in zip(names, parts, strict=True)
    }
