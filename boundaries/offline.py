"""Drafts taken along: written to a file, edited anywhere, brought back by what was changed in the file."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import shapely

from boundaries.draft_leaves import Leaf, read_draft_leaves
from boundaries.drafts import Change, Draft, issue_code, put_changes, read_draft
from boundaries.offline_file import CheckedOut, Origin, Row, read_file, write_file
from gis.db import Connection, load_queries
from gis.errors import Conflict, InvalidInput

_SQL = load_queries(Path(__file__).with_name("offline.sql"))


@dataclass(frozen=True, slots=True)
class Edits:
    """What was done in a file: grids put and retired by code, and rows that need a code.

    ``replaced`` are codes that a row had before it was moved to another parent.
    """

    put: dict[str, Leaf] = field(default_factory=dict[str, Leaf])
    retired: set[str] = field(default_factory=set[str])
    new: list[Row] = field(default_factory=list[Row])
    replaced: set[str] = field(default_factory=set[str])

    @property
    def touched(self) -> set[str]:
        """Codes of the draft that are changed."""
        return self.put.keys() | self.retired | self.replaced


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What was written into the draft; ``conflicts`` are the grids that others changed since check-out."""

    draft: int
    put: list[str]
    retired: list[str]
    issued: list[str]
    conflicts: list[str]


def checkout(connection: Connection, draft: int, target: Path) -> int:
    """Write the basic grids of an open draft to a GeoPackage for editing; returns how many.

    Raises
    ------
    NotFound, Conflict
        If the draft does not exist, is not open, or has no edition below it.
    """
    found = read_draft(connection, draft, must_be_open=True)
    leaves = read_draft_leaves(connection, draft)
    write_file(target, _origin(connection, found), leaves)
    return len(leaves)


def _origin(connection: Connection, draft: Draft) -> Origin:
    if draft.base_edition is None:
        raise Conflict(reason_zh="还没有任何版本", reason_en="there is no edition yet")
    return Origin(draft.id, draft.base_edition, _recorded(connection, draft.base_edition), draft.scope)


def _recorded(connection: Connection, edition: int) -> str:
    """When an edition was recorded, to the microsecond; empty if there is none of that number."""
    row = connection.execute(_SQL["recorded"], [edition]).fetchone()
    return "" if row is None else row[0]


def checkin(
    connection: Connection, path: Path, *, draft: int | None = None, overwrite: bool = False, commit: bool = True
) -> CheckedIn:
    """Bring the changes of a file back, as one save of its draft.

    A change is what differs from the file's own copy of the grids as they were; grids that nobody touched in the file stay
    as they are now. So a file from an earlier state or edition is laid over the present one, grid by grid.

    Parameters
    ----------
    draft : bring them into this draft instead of the one that the file was taken from.
    overwrite : write also where others changed a grid in another way since then; else nothing is written.
    commit : false for a rehearsal.

    Raises
    ------
    FileUnreadable
        If the file is not one that was checked out.
    NotFound, Conflict
        If the draft does not exist or is not open, or the file comes from another store.
    InvalidInput, CodesExhausted, Forbidden
        If a row's parent is not fit for a new code.
    """
    file = read_file(path)
    found = _target(connection, file, draft)
    now = read_draft_leaves(connection, found.id)
    edits = edits_of(file)
    clashes = sorted(code for code in edits.touched if _clashes(code, edits, file.base.get(code), now.get(code)))
    issued: list[str] = []
    if commit and (overwrite or not clashes):
        issued = _write(connection, found, edits, now)
    return CheckedIn(found.id, sorted(edits.put), sorted(edits.retired | edits.replaced), issued, clashes)


def _target(connection: Connection, file: CheckedOut, draft: int | None) -> Draft:
    """The draft to write into; refuses a file of another store, and one whose draft ended, saying why."""
    origin = file.origin
    if _recorded(connection, origin.edition) != origin.recorded_at:
        raise Conflict(
            reason_zh=f"文件来自另一个库：这里没有它的版本 {origin.edition}",
            reason_en=f"the file is of another store, whose edition {origin.edition} is not here",
        )
    found = read_draft(connection, origin.draft if draft is None else draft)
    if found.state != "open":
        raise Conflict(
            reason_zh=f"草稿 {found.id} 已结束（{found.state}）；请打开新草稿，用 --draft 指明",
            reason_en=f"draft {found.id} has ended ({found.state}); open another one and name it with --draft",
        )
    return found


def edits_of(file: CheckedOut) -> Edits:
    """What was done in a file, against its own copy.

    Of rows with one code, as a split leaves them, the first keeps it: it was there before. Rows without a code that stood
    at check-out are new, and so are rows under another parent, which give their old code up.
    """
    edits, seen = Edits(), set[str]()
    for row in file.rows:
        old = file.base.get(row.code)
        if row.geometry is None or row.geometry.is_empty:
            raise InvalidInput(
                field=row.code or row.name, reason_zh="图形为空；要注销请删除该行", reason_en="it has no shape"
            )
        if old is None or row.code in seen:
            edits.new.append(row)
            continue
        seen.add(row.code)
        if row.parent and row.parent != row.code[:15]:
            edits.new.append(row)
            edits.replaced.add(row.code)
        elif not _same(old, Leaf(row.name, row.geometry)):
            edits.put[row.code] = Leaf(row.name, row.geometry)
    edits.retired.update(file.base.keys() - seen)
    return edits


def _same(one: Leaf | None, other: Leaf | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.name == other.name and bool(shapely.equals_exact(one.geometry, other.geometry, normalize=True))


def _clashes(code: str, edits: Edits, then: Leaf | None, now: Leaf | None) -> bool:
    """Whether a grid changed here since check-out, into something else than the file makes of it."""
    return not _same(then, now) and not _same(edits.put.get(code), now)


def _write(connection: Connection, draft: Draft, edits: Edits, now: dict[str, Leaf]) -> list[str]:
    """Write the edits; returns the codes issued, in the order of the file."""
    gone = sorted((edits.retired | edits.replaced) & now.keys())
    changes = [Change(code, "put", leaf.name, leaf.geometry) for code, leaf in sorted(edits.put.items())]
    changes += [Change(code, "retire") for code in gone]
    changes += _renamed_parents(connection, draft, edits, now)
    issued: list[str] = []
    for row in edits.new:
        parent = row.parent or _parent_by_place(row, now)
        issued.append(issue_code(connection, draft.id, parent, name=row.name))
        changes.append(Change(issued[-1], "put", row.name, row.geometry))
    put_changes(connection, draft.id, changes)
    connection.execute(_SQL["forget_what_never_stood"], {"draft": draft.id, "codes": gone})
    return issued


def _renamed_parents(connection: Connection, draft: Draft, edits: Edits, now: dict[str, Leaf]) -> list[Change]:
    """A level-5 grid with one basic grid is the same place under the same name; it is renamed with it, as in the views."""
    children = Counter(code[:15] for code in now)
    renamed = {
        code: leaf
        for code, leaf in edits.put.items()
        if code in now and now[code].name != leaf.name and children[code[:15]] == 1
    }
    given = {"draft": draft.id, "codes": [code[:15] for code in renamed]}
    names = dict(connection.execute(_SQL["parent_names"], given).fetchall())
    return [
        Change(code[:15], "put", leaf.name) for code, leaf in renamed.items() if names.get(code[:15]) == now[code].name
    ]


def _parent_by_place(row: Row, now: dict[str, Leaf]) -> str:
    """The parent of the grid that a row covers most of."""
    shares: dict[str, float] = defaultdict(float)
    for code, leaf in now.items():
        if shapely.intersects(leaf.geometry, row.geometry):
            shares[code[:15]] += shapely.area(shapely.intersection(leaf.geometry, row.geometry))
    return max(shares, key=lambda code: (shares[code], code), default="")
