"""Drafts: opened, shown and saved through the editing views, judged, taken back, prepared; with one and with ten counties."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from statistics import median

import psycopg
from psycopg.conninfo import make_conninfo

from boundaries.drafts import Change, drop_draft, open_draft, put_changes
from boundaries.editions import activate
from boundaries.journal import undo
from boundaries.judging import validate
from boundaries.planners import add_planner, remove_planner
from boundaries.publish import prepare
from boundaries.restore import open_restoring
from gis.clock import local_today
from gis.coverage import county_codes, current_edition
from gis.db import Connection, Database, as_multi, connect_admin, to_ewkb
from gis.scope import Scope, everything
from tests.benchmarks.border_moves import border_moves, counties_store
from tests.benchmarks.measure import Figure, Report, check, ratio, timed
from tests.benchmarks.store import SQL
from tests.boundaries.edits import County
from tests.conftest import Templates

ROUNDS = 7
MANY = 54
LINES = {
    "open": ("打开草稿", "a draft opened", "≤ 50 ms"),
    "show": ("经视图读出一县的基础网格", "a county's basic grids read through the view", ""),
    "plain": ("下界：直接从表中读", "bound: read from the table", ""),
    "save": ("经视图保存一处移界", "a moved border saved through the view", ""),
    "judge": ("检查一处移界", "a moved border judged", "≤ 100 ms"),
    "undo": ("撤销该次保存", "that save undone", ""),
    "prepare": ("写出版本（未启用）", "an edition written, not yet current", "≤ 0.5 s"),
    "restore": ("恢复到上一版本：草稿、写出、启用", "taken back: draft, edition, current", "≤ 0.2 s"),
    "many": (f"{MANY} 个网格的草稿：写入、检查、写出版本", f"{MANY} redrawn grids: put, judged, written", "≤ 2 s"),
}


def run(templates: Templates, counties: int = 10) -> Report:
    """Measure it in a store of one county and in one of ``counties``, a round in each in turn, as the machine is just then.

    Costs follow what a draft changes, so the ratios should be near 1.
    """
    with ExitStack() as stack:
        stores = {count: stack.enter_context(_measured(templates, count)) for count in sorted({1, counties})}
        rounds = {count: list[dict[str, float]]() for count in stores}
        for number in range(ROUNDS):
            for count in stores if number % 2 == 0 else reversed(stores):
                rounds[count].append(next(stores[count]))
    figures: list[Figure] = []
    for count, found in rounds.items():
        for name, (zh, en, note) in LINES.items():
            seconds = [each[name] for each in found]
            beside = [each["plain" if count == 1 else name] for each in rounds[1]]
            times = ratio(seconds, beside) if count > 1 or name == "show" else None
            figures.append(
                Figure(f"{zh}（{count} 县）", f"{en} ({count} counties)", median(seconds), ratio=times, note=note)
            )
    return Report("草稿", "drafts", figures)


@contextmanager
def _measured(templates: Templates, counties: int) -> Generator[Iterator[dict[str, float]]]:
    """A store of so many counties; each step of the iterator is a round, the seconds of each of its parts."""
    with (
        counties_store(templates, counties) as url,
        Database(url, size=2, statement_timeout_s=0) as database,
        closing(_rounds(database, f"bench_planner_{counties}")) as rounds,  # logins are the cluster's
    ):
        yield rounds


def _rounds(database: Database, login: str) -> Generator[dict[str, float]]:
    """Rounds over places of the first county; checks on the way that the steps did what they should."""
    with database.transaction() as connection:
        codes = county_codes(connection)
        county = County(connection)
        county.codes = [code for code in county.codes if code.startswith(codes[0])]
    scope, many = everything(codes, "bench"), _redrawn(county, MANY)
    places = [county.code((number + 1) / (3 * ROUNDS + 1)) for number in range(3 * ROUNDS)]
    with connect_admin(database.conninfo) as admin:
        password = add_planner(admin, login, person="测量", scope=codes[0])
        try:
            conninfo = make_conninfo(database.conninfo, user=login, password=password)
            with psycopg.connect(conninfo, autocommit=True) as planner:
                for changes, _ in border_moves(county, places):
                    seconds = _round(database, scope, planner, login, changes)
                    with database.transaction(scope) as connection:
                        seconds["many"] = timed(lambda connection=connection: _write(connection, many))
                        raise psycopg.Rollback
                    yield seconds
        finally:
            remove_planner(admin, login)


def _redrawn(county: County, count: int) -> list[Change]:
    """So many grids, in pairs whose border is moved."""
    return [change for changes, _ in islice(border_moves(county, county.codes), count // 2) for change in changes]


def _write(connection: Connection, changes: list[Change]) -> None:
    draft = open_draft(connection, title="测量", author="bench")
    put_changes(connection, draft, changes)
    errors = validate(connection, draft).errors
    check(not errors, f"errors of sound moves: {[(error.rule, error.codes) for error in errors]}")
    written = prepare(connection, draft, valid_from=local_today()).grids_written
    check(written >= len(changes), f"{written} grids written of {len(changes)} redrawn")


def _restore(connection: Connection, edition: int) -> None:
    draft = open_restoring(connection, edition, title="恢复", author="bench")
    activate(connection, prepare(connection, draft, valid_from=local_today()).edition)


def _round(
    database: Database, scope: Scope, planner: Connection, login: str, changes: list[Change]
) -> dict[str, float]:
    seconds = dict[str, float]()
    move = dict(zip((c.code for c in changes), to_ewkb(as_multi([c.geometry for c in changes])), strict=True))

    def clocked(name: str, work: Callable[[], object]) -> None:
        seconds[name] = timed(work)

    drafts: list[int] = []
    with database.transaction() as connection:
        clocked("open", lambda: drafts.append(open_draft(connection, title="测量", author="bench", planner=login)))
        clocked(
            "plain", lambda: connection.execute(SQL["leaves_of_a_county"], {"scope": next(iter(move))[:6]}).fetchall()
        )
    clocked("show", lambda: planner.execute(SQL["leaves_of_a_draft"]).fetchall())
    clocked("save", lambda: [planner.execute(SQL["save_leaf"], [shape, code]) for code, shape in move.items()])
    with database.transaction(scope) as connection:
        started = time.perf_counter()
        errors = validate(connection, drafts[0]).errors
        seconds["judge"] = time.perf_counter() - started
        check(not errors, f"errors of a sound move: {[error.rule for error in errors]}")
    with database.transaction(scope) as connection:
        clocked("prepare", lambda: prepare(connection, drafts[0], valid_from=local_today()))
        written = {code for (code,) in connection.execute(SQL["prepared_leaves"])}
        check(written >= set(move), "the edition lacks a moved grid")
        before = current_edition(connection) or 0
        activate(connection, before + 1)
        clocked("restore", lambda: _restore(connection, before))
        raise psycopg.Rollback
    with database.transaction() as connection:
        clocked("undo", lambda: undo(connection, drafts[0]))
        drop_draft(connection, drafts[0])
    return seconds
