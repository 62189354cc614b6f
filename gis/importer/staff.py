"""Grid staff and their posts: checked row by row, then written; one person may hold several posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gis.clock import CHINA, local_today
from gis.codes import is_code
from gis.db import Connection, bulk_insert, load_queries
from gis.importer.cells import Cells
from gis.importer.county import County
from gis.importer.findings import Finding
from gis.importer.mapping import Mapped
from gis.importer.values import EMPLOYMENTS

_SQL = load_queries(Path(__file__).with_name("importer.sql"))
_ROLE = "网格员"


@dataclass(frozen=True)
class Staff:
    """Checked columns, (n,) each, of all rows of the file; a row is a person in a post."""

    name: list[str]
    phone: list[str | None]
    employment: list[str | None]
    grid: list[str]
    role: list[str]
    since: list[date]
    until: list[date | None]


def check_staff(mapped: Mapped, cells: Cells, county: County) -> tuple[Staff, list[Finding]]:
    """Check the cells of staff; a grid is named by its code, or by a name that is the only one in the county."""
    since, until = cells.moments("since", past=False), cells.moments("until", past=False)
    cells.in_order("since", since, "until", until)
    findings: list[Finding] = []
    found = Staff(
        name=cells.names("name", required=True),
        phone=cells.phones(),
        employment=cells.words("employment", EMPLOYMENTS, required=True),
        grid=_grids(cells, county, findings),
        role=[text or _ROLE for text in cells.texts("role")],
        since=[local_today() if at is None else at.astimezone(CHINA).date() for at in since],
        until=[None if at is None else at.astimezone(CHINA).date() for at in until],
    )
    rows = range(len(mapped.table))
    keys = [(found.name[i], found.phone[i], found.grid[i], found.role[i]) if found.grid[i] else None for i in rows]
    findings += [Finding("duplicate-row", i, values={"other": other}) for i, other in cells.repeated(keys)]
    return found, findings


def _grids(cells: Cells, county: County, findings: list[Finding]) -> list[str]:
    """The code of each row's grid, empty where it is not known; of grids of one name in one line the lowest."""
    by_name: dict[str, list[str]] = {}
    for code in sorted(county.names):
        by_name.setdefault(county.names[code], []).append(code)
    grids: list[str] = []
    codes = cells.codes("grid")
    for i, (said, text) in enumerate(zip(codes, cells.names("grid", required=True), strict=True)):
        line = [said] if is_code(said) else by_name.get(text, [])
        deepest = max(line, key=len, default="")
        if deepest and county.has(deepest) and all(deepest.startswith(code) for code in line):
            grids.append(deepest)
            continue
        grids.append("")
        if said:
            findings.append(Finding("unknown-grid", i, values={"value": text[:40]}))
    return grids


def stored_staff(connection: Connection, found: Staff, rows: Sequence[int]) -> list[Finding]:
    """Rows (of ``rows``) that the store has already: a person of that name and phone in that open post."""
    given = {
        "row": list(rows),
        "name": [found.name[i] for i in rows],
        "phone": [found.phone[i] for i in rows],
        "grid": [found.grid[i] for i in rows],
        "role": [found.role[i] for i in rows],
    }
    return [Finding("already-stored", row[0]) for row in connection.execute(_SQL["stored_staff"], given)]


def write_staff(connection: Connection, found: Staff, rows: Sequence[int]) -> dict[str, int]:
    """Write rows; those of one name and phone are one person, also with one who is in the store.

    Without a phone every row is a person of its own: a name alone tells nobody apart.

    Returns
    -------
    Number of rows written, by table.
    """
    keys = {i: (found.name[i], found.phone[i]) if found.phone[i] else i for i in rows}
    given = [[found.name[i] for i in rows], [found.phone[i] for i in rows]]
    known: dict[object, int] = {
        (name, phone): number for number, name, phone in connection.execute(_SQL["known_staff"], given)
    }
    new = {key: i for i, key in reversed(keys.items()) if key not in known}
    known |= dict(zip(new, _add_people(connection, found, list(new.values())), strict=True))
    posts = [(known[keys[i]], found.grid[i], found.role[i], found.since[i], found.until[i]) for i in rows]
    bulk_insert(connection, ("gis", "staff_post"), ("staff_id", "grid_code", "role", "since", "until"), posts)
    return {"staff": len(new), "staff_post": len(posts)}


def _add_people(connection: Connection, found: Staff, rows: Sequence[int]) -> list[int]:
    people = [(found.name[i], found.phone[i], found.employment[i]) for i in rows]
    ids: list[int] = []
    with connection.cursor() as cursor:
        cursor.executemany(_SQL["add_staff"], people, returning=True)
        for result in cursor.results():
            ids.extend(row[0] for row in result)
    return ids
