"""Two planners with logins of their own over one border: nothing is lost, whoever publishes first."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import shapely

from api.publishing import publish
from boundaries.drafts import list_drafts, open_draft, read_changes
from boundaries.editions import activate
from boundaries.journal import undo
from boundaries.judging import validate
from boundaries.publish import prepare
from boundaries.rebase import Clash, rebase, resolve
from boundaries.review import read_review
from gis.coverage import current_edition, read_leaves, read_names
from gis.db import Connection, Database
from gis.errors import Conflict
from tests.boundaries.squares import COUNTY, DAY, SCOPE, SIDE, leaf, same_place, square, west
from tests.boundaries.test_editing_views import fid, move, rows

Pair = tuple[Connection, Connection]
JOB: dict[str, Any] = {"valid_from": DAY, "actor": "test", "counties": [COUNTY]}


@pytest.fixture
def pair(squares: Database, sign_in: Callable[..., Connection]) -> Pair:
    """Connections of two planners, with the drafts 2 and 3 over the whole county."""
    first, second = sign_in("li_na"), sign_in("zhang_wei")
    with squares.transaction(SCOPE) as connection:
        open_draft(connection, title="李娜的", author="李娜", planner="li_na")
        open_draft(connection, title="张伟的", author="张伟", planner="zhang_wei")
    return first, second


def rename(planner: Connection, code: str, name: str) -> None:
    planner.execute("UPDATE edit.leaf SET name = %s WHERE fid = %s", [name, fid(planner, code)])


def slanted(planner: Connection) -> None:
    """Move the border between 1 and 2 where it meets the county's; where it meets 3 and 4 it stays."""
    move(planner, leaf(1), west(1.3))
    move(planner, leaf(2), shapely.Polygon([(101.51, 24.51), (101.52, 24.51), (101.52, 24.52), (101.513, 24.52)]))


def lowered(planner: Connection) -> None:
    """Move the border between 2 and 4 where it meets the county's."""
    move(planner, leaf(2), shapely.Polygon([(101.51, 24.51), (101.52, 24.506), (101.52, 24.52), (101.51, 24.52)]))
    move(planner, leaf(4), shapely.Polygon([(101.51, 24.5), (101.52, 24.5), (101.52, 24.506), (101.51, 24.51)]))


def written(squares: Database, draft: int) -> int:
    """Publish a draft as far as boundaries go: without tiles."""
    with squares.transaction(SCOPE) as connection:
        edition = prepare(connection, draft, valid_from=DAY).edition
        activate(connection, edition)
    return edition


def ground(squares: Database) -> dict[str, Any]:
    with squares.transaction(SCOPE) as connection:
        codes, outlines = read_leaves(connection, current_edition(connection) or 0)
    assert shapely.coverage_is_valid(outlines)
    assert same_place(shapely.coverage_union_all(outlines), square(0, 0, 2, 2))
    return dict(zip(codes, outlines, strict=True))


def test_edits_of_one_grid_in_two_places_are_both_published(squares: Database, pair: Pair) -> None:
    slanted(pair[0])
    lowered(pair[1])
    rename(pair[1], leaf(2), "新名")
    with squares.transaction(SCOPE) as connection:
        validate(connection, 3)
    assert written(squares, 3) == 2
    with pytest.raises(Conflict, match="based on edition 1"):
        written(squares, 2)
    with squares.transaction(SCOPE) as connection:
        assert read_review(connection, 2).stale
        done = rebase(connection, 2)
        assert (done.merged, done.clashes) == ([leaf(2)], [])
    key, _, name, state, _ = rows(pair[0])[leaf(2)]
    assert (name, state) == ("新名", "changed")
    assert written(squares, 2) == 3
    after = ground(squares)
    both = [(101.51, 24.51), (101.52, 24.506), (101.52, 24.52), (101.513, 24.52)]
    assert same_place(after[leaf(2)], shapely.Polygon(both))
    with squares.transaction(SCOPE) as connection:
        assert read_names(connection, 3)[leaf(2)] == "新名"
        assert connection.execute("SELECT fid FROM gis.code WHERE code = %s", [leaf(2)]).fetchone() == (key,)


def test_fields_that_both_changed_are_decided_and_the_rest_is_kept(squares: Database, pair: Pair) -> None:
    slanted(pair[0])
    rename(pair[0], leaf(2), "李娜的名")
    lowered(pair[1])
    rename(pair[1], leaf(2), "张伟的名")
    written(squares, 3)
    with squares.transaction(SCOPE) as connection:
        named = [Clash(code, 2, ["name"], None, None) for code in (leaf(2)[:15], leaf(2))]
        assert rebase(connection, 2).clashes == named
        with pytest.raises(Conflict, match="before a rebase"):
            undo(connection, 2)
        resolve(connection, 2, leaf(2), "theirs", by="test")
        (kept,) = [change for change in read_changes(connection, 2) if change.code == leaf(2)]
        assert kept.name == "张伟的名"
        undo(connection, 2)
        assert {change.name for change in read_changes(connection, 2)} >= {"李娜的名"}
        resolve(connection, 2, leaf(2)[:15], "mine", by="test")
    assert written(squares, 2) == 3
    after = ground(squares)
    assert after[leaf(2)].area == pytest.approx((1 - 0.15 + 0.2) * SIDE**2)


def test_of_two_who_publish_at_once_one_wins_and_the_other_is_told(squares: Database, pair: Pair) -> None:
    start, outcome = threading.Barrier(2), dict[int, object]()

    def work(planner: Connection, draft: int, cut: float) -> None:
        start.wait()
        move(planner, leaf(1), square(0, 1, cut))
        move(planner, leaf(2), square(cut, 1, 2 - cut))
        start.wait()
        try:
            outcome[draft] = publish(squares, draft, **JOB).edition
        except Conflict as error:
            outcome[draft] = error

    jobs = [threading.Thread(target=work, args=job) for job in zip(pair, (2, 3), (0.8, 1.2), strict=True)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    winner, loser = sorted(outcome, key=lambda draft: outcome[draft] != 2)
    assert outcome[winner] == 2
    assert isinstance(outcome[loser], Conflict)
    cuts = {2: 0.8, 3: 1.2}
    assert same_place(ground(squares)[leaf(1)], square(0, 1, cuts[winner]))
    with squares.transaction(SCOPE) as connection:
        assert [draft.id for draft in list_drafts(connection)] == [loser]
        assert [clash.fields for clash in rebase(connection, loser).clashes] == [["outline"]] * 2
        for code in (leaf(1), leaf(2)):
            resolve(connection, loser, code, "mine", by="test")
    assert publish(squares, loser, **JOB).edition == 3
    assert same_place(ground(squares)[leaf(1)], square(0, 1, cuts[loser]))
