"""Prepares an edition from a draft: grids, parents, lineage and assignments, in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import shapely

from boundaries.alias_renewal import renew_aliases
from boundaries.coverage_change import CoverageChange
from boundaries.drafts import Draft, mark_published, read_draft
from boundaries.editions import lock_publishing, prepared_edition
from boundaries.grid_rows import Outline, outlines_to_write
from boundaries.judging import validate
from boundaries.lineage import Passage, passages
from boundaries.review import check_publishable
from boundaries.waiting import refuse_while_waiting, release, wait
from gis.allocator import register, retire
from gis.assign import Assigned, assign_edition
from gis.clock import local_today
from gis.coverage import current_edition, read_edition
from gis.db import Connection, as_multi, bulk_insert, load_queries, to_ewkb
from gis.errors import CheckFailed, Conflict, InvalidInput
from gis.label_points import label_points
from gis.locate import Locator

_SQL = load_queries(Path(__file__).with_name("publish.sql"))


@dataclass(frozen=True)
class Prepared:
    """An edition written but not current yet."""

    edition: int
    grids_written: int
    grids_retired: int
    assigned: Assigned
    lineage: list[Passage]


def prepare(
    connection: Connection,
    draft: int,
    *,
    valid_from: date,
    rev: int | None = None,
    needs_review: bool = False,
    grids_written: Callable[[int], object] = lambda _edition: None,
) -> Prepared:
    """Write the next edition from a draft, without making it current; the scope must cover the counties concerned.

    The draft is judged again under the publishing lock. ``rev`` is the save that is meant, by default the present one;
    ``needs_review`` says that a second person must have approved it. ``grids_written`` is told the edition's number as
    soon as its grids stand: what needs nothing else can go on beside the assignments.

    Raises
    ------
    NotFound
        If the draft does not exist.
    Conflict
        If it is not open, is not the save meant, was not approved, has undecided conflicts, changes nothing, was
        overtaken by another publication, an edition is half prepared, or a draft waits for its day.
    InvalidInput
        If the date lies before the current edition's or in the future.
    CheckFailed
        If there are errors (its ``findings`` field has them).
    OutsideCounty
        If a household would be left without a grid.
    """
    lock_publishing(connection)
    release(connection, draft, local_today())
    found = read_draft(connection, draft, must_be_open=True)
    _check_turn(connection, found, valid_from)
    judgement = validate(connection, draft)
    if judgement.errors:
        raise CheckFailed(count=len(judgement.errors), findings=judgement.errors)
    check_publishable(connection, draft, rev=rev, needs_review=needs_review)
    change = judgement.change
    written, gone = outlines_to_write(connection, found.base_edition, change)
    if not written and not gone:
        raise Conflict(reason_zh="草稿没有任何改动", reason_en="the draft changes nothing")
    edition = (found.base_edition or 0) + 1
    connection.execute(_SQL["new_edition"], [edition, valid_from, found.title, found.author, found.synthetic])
    _write_grids(connection, edition, change.names, written, gone)
    grids_written(edition)
    # What stood in a changed grid stands in one of those near by afterwards.
    locator = Locator(list(change.after), list(change.after.values()))
    left = None if found.base_edition is None else sorted(change.changed & change.before.keys())
    outlines = {code: change.after[code] for code in change.changed & change.after.keys()}
    assigned = assign_edition(connection, edition, locator, outlines, left=left)
    _move_disputes(connection, edition, locator, left)
    lineage = _write_lineage(connection, edition, change)
    renew_aliases(connection, edition, change, lineage, gone)
    _write_extents(connection, edition, change)
    mark_published(connection, draft, edition)
    return Prepared(edition, len(written), len(gone), assigned, lineage)


def schedule(
    connection: Connection, draft: int, *, valid_from: date, by: str, rev: int | None = None, needs_review: bool = False
) -> Prepared:
    """Try a draft out as `prepare` would write it today, and let it wait for a day that lies ahead.

    Nothing of what was tried out stays, so the number of the edition returned is that which it gets on its day.

    Raises
    ------
    InvalidInput
        If the day does not lie ahead.
    NotFound, Conflict, CheckFailed, OutsideCounty
        As `prepare`.
    """
    today = local_today()
    if valid_from <= today:
        raise InvalidInput(field="valid_from", reason_zh="应晚于今天", reason_en="must lie ahead of today")
    lock_publishing(connection)
    with connection.transaction(force_rollback=True):
        tried = prepare(connection, draft, valid_from=today, rev=rev, needs_review=needs_review)
    wait(connection, draft, valid_from=valid_from, by=by)
    return tried


def _check_turn(connection: Connection, draft: Draft, valid_from: date) -> None:
    half = prepared_edition(connection)
    if half is not None:
        raise Conflict(reason_zh=f"版本 {half} 正在发布", reason_en=f"edition {half} is being published")
    refuse_while_waiting(connection)
    current = current_edition(connection)
    if draft.base_edition != current:
        raise Conflict(
            reason_zh=f"草稿基于版本 {draft.base_edition}，当前已是版本 {current}",
            reason_en=f"the draft is based on edition {draft.base_edition}, the current one is {current}",
        )
    earliest = date.min if current is None else read_edition(connection, current).valid_from
    if not earliest <= valid_from <= local_today():
        raise InvalidInput(
            field="valid_from",
            reason_zh=f"生效日期应在 {earliest} 与今天之间",
            reason_en=f"a date between {earliest} and today is needed",
        )


def _write_grids(
    connection: Connection, edition: int, names: Mapping[str, str], outlines: Mapping[str, Outline], gone: set[str]
) -> None:
    """Close the versions of the codes that are written or cease, and write those that live on."""
    alive = sorted(outlines)
    register(connection, alive)
    retire(connection, gone, edition)
    connection.execute(_SQL["close_grids"], {"edition": edition, "codes": sorted({*alive, *gone})})
    shapes = as_multi([outlines[code].shape for code in alive])
    rows = zip(
        alive,
        [names[code] for code in alive],
        to_ewkb(shapes),
        to_ewkb(label_points(shapes)),
        [outlines[code].area_m2 for code in alive],
        strict=True,
    )
    columns = ("code", "name", "geom", "label_point", "area_m2", "edition_from")
    bulk_insert(connection, ("gis", "grid"), columns, ((*row, edition) for row in rows))


def _move_disputes(connection: Connection, edition: int, locator: Locator, left: list[str] | None) -> None:
    """Open disputes go with the ground: from their day on, another grid deals with them."""
    if not left:
        return
    rows = connection.execute(_SQL["open_disputes"], {"codes": left}).fetchall()
    if not rows:
        return
    grids = locator.codes_at([row[1] for row in rows], [row[2] for row in rows]).tolist()
    moved = [(row[0], grid) for row, grid in zip(rows, grids, strict=True) if grid and grid != row[3]]
    connection.execute(_SQL["close_dispute_assignments"], {"edition": edition, "ids": [row[0] for row in moved]})
    columns = ("dispute_id", "grid_code", "edition_from")
    bulk_insert(connection, ("gis", "dispute_assignment"), columns, [(*row, edition) for row in moved])


def _write_lineage(connection: Connection, edition: int, change: CoverageChange) -> list[Passage]:
    counts = connection.execute(_SQL["household_moves"], [sorted(change.changed & change.before.keys())]).fetchall()
    found = passages(change.before, change.after, change.changed, {(old, new): n for old, new, n in counts})
    columns = ("edition", "old_code", "new_code", "kind", "area_share", "household_share")
    rows = [(edition, p.old_code, p.new_code, p.kind, p.area_share, p.household_share) for p in found]
    bulk_insert(connection, ("gis", "lineage"), columns, rows)
    return found


def _write_extents(connection: Connection, edition: int, change: CoverageChange) -> None:
    boxes = [
        shapely.box(*shapely.total_bounds([side[code] for side in (change.before, change.after) if code in side]))
        for code in sorted(change.changed)
    ]
    rows = ((edition, box) for box in to_ewkb(boxes))
    bulk_insert(connection, ("boundaries", "changed_extent"), ("edition", "geom"), rows)
