"""Publishing as one job: boundaries write, tiles build, boundaries activate; a crash leaves nothing half published."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date

from boundaries.drafts import read_changes
from boundaries.editions import PUBLISH_LOCK, activate, discard, prepared_edition
from boundaries.publish import Prepared, prepare
from boundaries.publish import schedule as boundaries_schedule
from boundaries.waiting import due_draft
from gis.clock import local_today
from gis.coverage import county_codes
from gis.db import Connection, Database
from gis.errors import Conflict
from gis.scope import everything
from tiles import build as tile_build
from tiles.crew import Crew

Progress = Callable[[float], None]
JOB_LOCK = PUBLISH_LOCK + 1


def silent(_share: float) -> None:
    """Report progress to nobody."""


@contextmanager
def publishing_job(database: Database) -> Generator[None]:
    """Hold the job's lock for as long as it runs, over several transactions; it goes with the connection.

    Raises
    ------
    Conflict
        If another publication is running.
    """
    connection = database.dedicated()
    try:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [JOB_LOCK]).fetchone()
        if row is None or not row[0]:
            raise Conflict(reason_zh="另一次发布正在进行", reason_en="another publication is running")
        yield
    finally:
        connection.close()


def publish(
    database: Database,
    draft: int,
    *,
    valid_from: date,
    actor: str,
    counties: list[str],
    rev: int | None = None,
    needs_review: bool = False,
    progress: Progress = silent,
    before_activation: Callable[[Connection, int], None] | None = None,
    crew: Crew | None = None,
) -> Prepared:
    """Publish a draft: prepared, tiles built, then current for every worker at once.

    Parameters
    ----------
    counties : codes of the counties whose households may be re-assigned.
    rev, needs_review : the save that is meant, by default the present one; whether it must have been approved.
    progress : told the share of the tiles done, 0 to 1.
    before_activation : work that must become visible together with the edition; given its number.
    crew : processes that encode tiles, started already; by default they are where there is much to do.

    Raises
    ------
    Conflict, CheckFailed, OutsideCounty, InvalidInput, NotFound
    """
    scope, begun = everything(counties, actor), None
    with publishing_job(database), Crew() as own:
        mine = crew or own
        _recover(database, counties, actor)
        with database.transaction(scope) as connection:

            def grids_written(edition: int) -> None:
                nonlocal begun
                begun = tile_build.begin(connection, edition, mine)

            prepared = prepare(
                connection,
                draft,
                valid_from=valid_from,
                rev=rev,
                needs_review=needs_review,
                grids_written=grids_written,
            )
        try:
            with database.transaction(scope) as connection:
                tile_build.build(connection, prepared.edition, progress, crew=mine, begun=begun)
            with database.transaction(scope) as connection:
                if before_activation is not None:
                    before_activation(connection, prepared.edition)
                activate(connection, prepared.edition)
        except BaseException:
            _recover(database, counties, actor)
            raise
    return prepared


def schedule(
    database: Database,
    draft: int,
    *,
    valid_from: date,
    actor: str,
    counties: list[str],
    rev: int | None = None,
    needs_review: bool = False,
) -> Prepared:
    """Let a draft be published by itself on a day that lies ahead; parameters as of `publish`.

    Raises
    ------
    Conflict, CheckFailed, OutsideCounty, InvalidInput, NotFound
    """
    with publishing_job(database):
        _recover(database, counties, actor)
        with database.transaction(everything(counties, actor)) as connection:
            return boundaries_schedule(
                connection, draft, valid_from=valid_from, by=actor, rev=rev, needs_review=needs_review
            )


def publish_due(database: Database) -> int | None:
    """Publish the draft whose day has come; the number of its edition, None if there is no such draft.

    It was reviewed before it began to wait. After a crash it waits again, and is published by the next call.

    Raises
    ------
    Conflict, CheckFailed, OutsideCounty, NotFound
    """
    with database.transaction() as connection:
        due = due_draft(connection, local_today())
        if due is None:
            return None
        changed = {change.code[:6] for change in read_changes(connection, due.draft)}
        counties = sorted({*county_codes(connection), *changed})
    return publish(database, due.draft, valid_from=due.valid_from, actor=due.by, counties=counties).edition


def recover(database: Database, actor: str) -> int | None:
    """Discard an edition that a crash left half prepared; its draft is open again. Returns its number if there was one.

    Raises
    ------
    Conflict
        If a publication is running right now.
    """
    with database.transaction() as connection:
        counties = county_codes(connection)
    if not counties:
        return None
    with publishing_job(database):
        return _recover(database, counties, actor)


def _recover(database: Database, counties: list[str], actor: str) -> int | None:
    with database.transaction(everything(counties, actor)) as connection:
        half = prepared_edition(connection)
        if half is not None:
            tile_build.discard(connection, half)
            discard(connection, half)
        return half
