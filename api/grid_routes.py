"""Grids by code and by name, with what lies above, below and beside them; neighbour units."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.access import Caller, caller
from api.bodies import Cursor, GridCode, Here, Limit, Word
from api.params import EditionNumber
from api.service import Service
from api.shapes import by_caller, chain_of, contacts, named, sees
from gis.centres import centre_for
from gis.codes import check_code, parent
from gis.db import Connection
from gis.grids import Alias, Grid, aliases_of, by_alias, children, names_at, read_grid, search
from gis.history import Passage, Version, lineage, versions
from gis.staff import serving
from gis.successors import successors
from gis.units import list_units

router = APIRouter(tags=["grids"])
Who = Annotated[Caller, Depends(caller)]


@router.get("/grids")
def find(
    q: Annotated[Word, Query(description="beginning of a code, or a piece of a name")],
    here: Here,
    response: Response,
    edition: EditionNumber,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> dict[str, Any]:
    """Grids by the beginning of their code or a piece of their name, higher levels first."""
    with here.database.transaction() as connection:
        found = search(connection, q, edition, limit)
        above = [code for grid in found for code in _path(grid.code)]
        names = names_at(connection, above, edition)
    response.headers["Cache-Control"] = "public, max-age=60"
    return {
        "grids": [
            {
                "code": grid.code,
                "level": grid.level,
                "name": grid.name,
                "path": " / ".join(names[code] for code in _path(grid.code)),
                "centre": [grid.lon, grid.lat],
                "bbox": _bbox(grid),
            }
            for grid in found
        ]
    }


@router.get("/grids/{code}")
def grid(
    code: Word,
    here: Here,
    who: Who,
    response: Response,
    edition: EditionNumber,
    system: Annotated[Word | None, Query(description="code system of the code, such as nbs2023")] = None,
) -> dict[str, Any]:
    """A grid with its relatives, history, staff and centre; a retired code answers who took its place, with weights.

    ``history`` tells the editions that changed it, ``lineage`` the ground it got and gave away, both up to the edition.

    A code of another ``system`` answers the grid it stands for, or all of them with their shares of its area;
    ``aliases`` are the codes of other systems whose cells lie in the grid.
    """
    by_caller(response, who)
    with here.database.transaction() as connection:
        if system is None:
            return _grid(connection, here, who, check_code("".join(code.split()), 2, 3, 4, 5, 6), edition)
        found = by_alias(connection, system, code, edition)
        if len(found) == 1:
            return _grid(connection, here, who, found[0].code, edition)
        names = names_at(connection, [one.code for one in found], edition)
    return {
        "system": system,
        "code": code,
        "grids": [{**named(one.code, names), **_shares(who, one)} for one in found],
    }


@router.get("/units", tags=["units"])
def units(
    here: Here,
    who: Who,
    response: Response,
    edition: EditionNumber,
    limit: Limit,
    grid: GridCode,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The neighbour units of a grid, by code, page by page; small sizes are hidden from those without access."""
    with here.database.transaction() as connection:
        page = list_units(connection, edition, grid, limit=limit, cursor=cursor)
    by_caller(response, who)
    k = here.settings.suppress_below
    return {
        "edition": edition,
        "units": [
            {
                "code": unit.code,
                "name": unit.name,
                "grid": unit.grid,
                "size": unit.size if unit.size >= k or who.sees("households.read", unit.grid) else None,
            }
            for unit in page.rows
        ],
        "total": page.total,
        "next": page.next,
    }


def _grid(connection: Connection, here: Service, who: Caller, code: str, edition: int) -> dict[str, Any]:
    one = read_grid(connection, code, edition)
    # A retired grid is told as it last stood, on the eve of the edition that retired it.
    stood = edition if one.retired_in is None else one.retired_in - 1
    below = children(connection, code, stood)
    beside = here.coverage(edition).locator.neighbours(code) if one.retired_in is None else []
    k = None if who.sees("households.read", code) else here.settings.suppress_below
    heirs = [] if one.retired_in is None else successors(connection, code, one.retired_in, edition, k=k)
    passages = lineage(connection, code, edition)
    kin = [*(heir.code for heir in heirs), *(other for p in passages for other in (p.old, p.new))]
    names = names_at(connection, kin, edition) | names_at(connection, [*_chain(code), *beside], stood)
    office = centre_for(connection, code)
    above = parent(code)
    return {
        "code": one.code,
        "level": one.level,
        "name": one.name,
        "parent": None if above is None else named(above, names),
        "ancestors": chain_of(code, names)[:-1],
        "children_count": len(below),
        "children": [{"code": child, "name": name} for child, name in below],
        "neighbours": [named(other, names) for other in beside],
        "bbox": _bbox(one),
        "centre": [one.lon, one.lat],
        "area_km2": round(one.area_m2 / 1e6, 6),
        "edition": edition,
        "state": "current" if one.retired_in is None else "retired",
        "successors": [
            {**named(heir.code, names), "area_share": heir.area_share, "household_share": heir.household_share}
            for heir in heirs
        ],
        "history": [_version(version) for version in versions(connection, code, edition)],
        "lineage": {
            "predecessors": [_passage(who, names, p, p.old) for p in passages if p.new == code],
            "successors": [_passage(who, names, p, p.new) for p in passages if p.old == code],
        },
        "aliases": [
            {"system": one.system, "code": one.foreign_code, **_shares(who, one)}
            for one in aliases_of(connection, code, stood)
        ],
        "staff": contacts(serving(connection, code)) if sees(who, code) else [],
        "centre_office": None if office is None else {"name": office.name, "phone": office.phone},
    }


def _shares(who: Caller, alias: Alias) -> dict[str, float | None]:
    """Shares of a foreign cell; that of households is a count to whoever knows the whole."""
    people = alias.household_share if who.sees("households.read", alias.code) else None
    return {"area_share": alias.area_share, "household_share": people}


def _version(version: Version) -> dict[str, Any]:
    return {
        "edition": version.edition,
        "valid_from": version.valid_from.isoformat(),
        "changes": version.changes,
        "name": version.name,
        "area_km2": round(version.area_m2 / 1e6, 6),
        "moved_km2": round(version.moved_m2 / 1e6, 6),
    }


def _passage(who: Caller, names: Mapping[str, str], passage: Passage, other: str) -> dict[str, Any]:
    """A passage as seen from one of its grids; shares of households are counts to whoever knows the whole."""
    return {
        "edition": passage.edition,
        "valid_from": passage.valid_from.isoformat(),
        **named(other, names),
        "kind": passage.kind,
        "area_share": passage.area_share,
        "household_share": passage.household_share if who.sees("households.read", passage.old) else None,
        "document": passage.document,
    }


def _chain(code: str) -> list[str]:
    return [link["code"] for link in chain_of(code, {})]


def _path(code: str) -> list[str]:
    """The grids between the county and this one."""
    return _chain(code)[1:-1]


def _bbox(grid: Grid) -> list[float]:
    return [grid.west, grid.south, grid.east, grid.north]
