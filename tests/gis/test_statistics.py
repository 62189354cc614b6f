"""Figures against pandas over the raw tables, and what is hidden of them."""

from dataclasses import asdict, fields
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from gis.codes import WIDTHS
from gis.db import Connection, Database, load_queries
from gis.errors import Forbidden
from gis.scope import Scope
from gis.statistics import Access, Figures, Period, Personal, figures_of

SQL = load_queries(Path(__file__).with_name("statistics_oracle.sql"))
COUNTY = "532322"
YEAR = Period(date(2023, 1, 1), date(2023, 12, 31))
FULL = Access(lambda _: True, lambda _: True, 3)
NONE = Access(lambda _: False, lambda _: False, 3)


@pytest.fixture(scope="module")
def oracle(database: Database) -> dict[str, pd.DataFrame]:
    """The raw tables, read once."""
    frames: dict[str, pd.DataFrame] = {}
    with database.transaction(Scope((COUNTY,), "test", "operator")) as connection:
        for name in ("disputes", "households", "ratings", "posts", "units", "centres"):
            cursor = connection.execute(SQL[name])
            frames[name] = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
    for column in ("accepted_at", "rated_at", "ended_at"):
        for frame in (frames["disputes"], frames["ratings"]):
            if column in frame:
                frame[column] = pd.to_datetime(frame[column], utc=True).dt.tz_convert("Asia/Shanghai").dt.date
    return frames


def within(frame: pd.DataFrame, grid: str) -> pd.DataFrame:
    return frame[frame["grid"].str.startswith(grid)]


def expected(oracle: dict[str, pd.DataFrame], grid: str, period: Period) -> Figures:
    disputes = within(oracle["disputes"], grid)
    disputes = disputes[disputes["accepted_at"].between(period.first, period.last)]
    is_open = disputes["closed_at"].isna()
    late = is_open & (pd.to_datetime(disputes["deadline"], utc=True) < pd.Timestamp.now("UTC"))
    households = within(oracle["households"], grid)
    there = households[
        (households["since"] <= period.last)
        & (households["until"].isna() | households["until"].map(lambda day: day is not None and day > period.last))
    ]
    ratings = oracle["ratings"]
    ended = ratings["ended_at"].map(lambda day: pd.isna(day) or day > period.last)
    rated = there.merge(ratings[(ratings["rated_at"] <= period.last) & ended], on="id")["level"].value_counts()
    colours = {colour: int(rated.get(colour, 0)) for colour in ("red", "yellow", "green")}
    posts = within(oracle["posts"], grid)
    posts = posts[(posts["since"] <= period.last) & posts["until"].map(lambda d: d is None or d > period.last)]
    people = posts.groupby("employment")["staff_id"].nunique()
    personal = Personal(
        accepted=len(disputes),
        mediated=int(disputes["mediated"].sum()),
        succeeded=int(disputes["succeeded"].fillna(value=False).astype(bool).sum()),
        open=int(is_open.sum()),
        overdue=int(late.sum()),
        households=len(there),
        **colours,
        unrated=len(there) - sum(colours.values()),
    )
    return Figures(
        grid,
        personal,
        int(people.get("full_time", 0)),
        int(people.get("part_time", 0)),
        len(within(oracle["units"], grid)),
        len(within(oracle["centres"], grid)),
    )


@pytest.mark.parametrize(
    "grid", [COUNTY, "532322101", "532322203", "532322101202", "532322101202007", "53232210120200701"]
)
@pytest.mark.parametrize(
    "period",
    [YEAR, Period(date(2023, 3, 15), date(2023, 6, 30)), Period(date(2022, 1, 1), date(2022, 12, 31))],
    ids=["year", "spring", "before"],
)
def test_figures_are_those_of_the_raw_tables(
    connection: Connection, oracle: dict[str, pd.DataFrame], grid: str, period: Period
) -> None:
    (found,) = figures_of(connection, grid, period, edition=1, access=FULL)
    assert found == expected(oracle, grid, period)


def test_the_demo_year(connection: Connection) -> None:
    (year,) = figures_of(connection, COUNTY, YEAR, edition=1, access=NONE)
    assert (year.personal.accepted, year.personal.mediated, year.personal.succeeded) == (1381, 1381, 1367)
    assert (year.full_time, year.part_time, year.centres, year.suppressed) == (9, 1563, 94, [])


@pytest.mark.parametrize("level", [3, 4, 5, 6])
def test_levels_add_up(connection: Connection, level: int) -> None:
    rows = figures_of(connection, COUNTY, YEAR, edition=1, access=FULL, level=level)
    (total,) = figures_of(connection, COUNTY, YEAR, edition=1, access=FULL)
    assert [row.code for row in rows] == sorted(row.code for row in rows)
    assert {len(row.code) for row in rows} == {WIDTHS[level]}
    assert len(rows) == {3: 8, 4: 85, 5: 1550, 6: 1563}[level]
    counts = [asdict(row.personal) for row in rows]
    assert {name: sum(count[name] for count in counts) for name in counts[0]} == asdict(total.personal)
    assert sum(row.units for row in rows) == total.units


@pytest.mark.parametrize("level", [3, 4, 5, 6])
def test_strangers_see_no_small_count_and_the_same_in_every_list(connection: Connection, level: int) -> None:
    rows = figures_of(connection, COUNTY, YEAR, edition=1, access=NONE, level=level)
    shown = [value for row in rows for value in asdict(row.personal).values() if value is not None]
    assert not any(0 < value < 3 for value in shown)
    for row in rows[:: len(rows) // 4]:
        assert figures_of(connection, row.code, YEAR, edition=1, access=NONE) == [row]
        assert row in figures_of(connection, row.code[:9], YEAR, edition=1, access=NONE, level=level)


def test_no_family_leaves_one_count_alone(connection: Connection) -> None:
    """Over all levels: where a parent shows a figure, no child's or two children's are hidden."""
    rows = {
        row.code: row.personal
        for level in (2, 3, 4, 5, 6)
        for row in figures_of(connection, COUNTY, YEAR, edition=1, access=NONE, level=level)
    }
    above = dict(zip(list(WIDTHS.values())[1:5], list(WIDTHS.values())[:4], strict=True))
    for name in (field.name for field in fields(Personal)):
        hidden_children: dict[str, int] = {}
        for code, personal in rows.items():
            if len(code) > 6:
                parent = code[: above[len(code)]]
                hidden_children[parent] = hidden_children.get(parent, 0) + (getattr(personal, name) is None)
        for code, count in hidden_children.items():
            assert getattr(rows[code], name) is None or count != 1, (code, name)


def test_own_grids_are_shown_in_full(connection: Connection) -> None:
    mine = "532322101202"
    access = Access(lambda code: code.startswith(mine), lambda code: code.startswith(mine), 3)
    rows = figures_of(connection, "532322101", YEAR, edition=1, access=access, level=6)
    assert not any(row.suppressed for row in rows if row.code.startswith(mine))
    assert any(row.suppressed for row in rows if not row.code.startswith(mine))


def test_planners_see_households_but_no_small_numbers_of_disputes(connection: Connection) -> None:
    access = Access(lambda _: False, lambda _: True, 3)
    rows = figures_of(connection, "532322101202", YEAR, edition=1, access=access, level=6)
    hidden = {name for row in rows for name in row.suppressed}
    assert hidden == {"accepted", "mediated", "succeeded", "open", "overdue"}


def test_strangers_get_fine_figures_for_whole_years_only(connection: Connection) -> None:
    spring = Period(date(2023, 1, 1), date(2023, 3, 31))
    for grid, level in (("53232210120200701", None), (COUNTY, 5)):
        with pytest.raises(Forbidden):
            figures_of(connection, grid, spring, edition=1, access=NONE, level=level)
        assert figures_of(connection, grid, spring, edition=1, access=FULL, level=level)
    assert figures_of(connection, "532322101", spring, edition=1, access=NONE, level=4)


def test_the_tally_follows_every_change_of_assignments(connection: Connection) -> None:
    connection.execute(SQL["second_edition"])
    for name in sorted(name for name in SQL if name.startswith("change_")):
        assert connection.execute(SQL[name]).rowcount > 0
        for edition in (1, 2):
            tallied = dict(connection.execute(SQL["tallied"], [edition]).fetchall())
            assert tallied == dict(connection.execute(SQL["counted"], [edition]).fetchall())


def test_a_figure_stays_in_the_boundaries_it_was_counted_in(connection: Connection) -> None:
    old, new = "53232210120200701", "53232210120200801"
    before = {code: figures_of(connection, code, YEAR, edition=1, access=FULL)[0] for code in (old, new)}
    connection.execute(SQL["second_edition"])
    connection.execute(SQL["close_all"], [old])
    connection.execute(SQL["move_all"], [new, old])
    after = {code: figures_of(connection, code, YEAR, edition=2, access=FULL)[0].personal for code in (old, new)}
    assert {code: figures_of(connection, code, YEAR, edition=1, access=FULL)[0] for code in (old, new)} == before
    total = (before[old].personal.households or 0) + (before[new].personal.households or 0)
    assert (after[old].households, after[new].households) == (0, total)
    assert after[old].accepted == before[old].personal.accepted  # accepted there, whoever deals with it now


@pytest.mark.parametrize("level", [2, 4, 6])
def test_the_public_gets_no_second_set_of_boundaries_for_a_period(connection: Connection, level: int) -> None:
    """The difference between two editions is what lives in the strip that moved."""
    connection.execute(SQL["second_edition"])
    connection.execute(SQL["publish_second"])
    following = Period(date(2024, 1, 1), date(2024, 12, 31))
    for period, valid, other in ((YEAR, 1, 2), (following, 2, 1)):
        assert figures_of(connection, COUNTY, period, edition=valid, access=NONE, level=level)
        assert figures_of(connection, COUNTY, period, edition=other, access=FULL, level=level)
        with pytest.raises(Forbidden, match="boundaries valid at the period's end"):
            figures_of(connection, COUNTY, period, edition=other, access=NONE, level=level)
