"""The verb ``draft`` as it is typed, from opening to publication."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.cli.main import run
from boundaries.drafts import Change, put_changes
from gis.clock import local_today
from gis.db import Database
from gis.settings import settings
from tests.boundaries.squares import SCOPE, VILLAGE, first_changes, leaf, put, square

Wangge = Callable[..., tuple[int, str]]


@pytest.fixture
def squares(empty_url: str) -> Iterator[Database]:
    with Database(empty_url, size=2) as database:
        with database.transaction(SCOPE) as connection:
            put(connection, first_changes())
        yield database


@pytest.fixture
def wangge(
    squares: Database,
    empty_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Wangge]:
    """Run ``wangge draft`` on the four squares: exit code, and all that is shown."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", empty_url)
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path / "data"))
    settings.cache_clear()

    def call(*words: str | int) -> tuple[int, str]:
        capfd.readouterr()
        code = run(["draft", *map(str, words), "--lang", "en"])
        told = capfd.readouterr()
        return code, told.out + told.err

    yield call
    settings.cache_clear()


def draw(squares: Database, draft: int, number: int, shape: object, name: str = "改名") -> None:
    with squares.transaction(SCOPE) as connection:
        put_changes(connection, draft, [Change(leaf(number), "put", name, shape)])


def test_a_draft_as_it_is_typed(wangge: Wangge, squares: Database) -> None:
    assert "draft 2 is open" in wangge("open", "--title", "界线", "--scope", VILLAGE)[1]
    draw(squares, 2, 1, square(0, 1, 1.2))
    code, told = wangge("validate", 2)
    assert (code, "overlaps" in told) == (8, True)
    assert "leave the overlap to one grid" in told
    assert "this is a proposal" in wangge("repair", 2)[1]
    assert wangge("repair", 2, "--commit")[0] == 0
    assert wangge("validate", 2)[0] == 0
    code, told = wangge("impact", 2)
    assert (code, leaf(2) in told, "redrawn" in told) == (0, True, True)
    assert wangge("comment", 2, "看过了")[0] == 0
    code, told = wangge("show", 2)
    assert (code, "validated" in told, "看过了" in told) == (0, True, True)
    assert "界线" in wangge("list")[1]
    assert "rehearsal" in wangge("publish", 2)[1]
    assert "published edition 2" in wangge("publish", 2, "--commit")[1]
    assert wangge("drop", 2)[0] == 7


def test_a_claim_and_a_conflict_are_decided(wangge: Wangge, squares: Database) -> None:
    assert wangge("open", "--title", "两处", "--author", "甲")[0] == 0
    draw(squares, 2, 1, square(0, 1, 1.2))
    draw(squares, 2, 2, square(0.8, 1, 1.2))
    assert "choose by --winner" in wangge("repair", 2)[1]
    assert wangge("repair", 2, "--commit")[0] == 7
    assert wangge("repair", 2, "--commit", "--winner", leaf(1))[0] == 0
    assert wangge("validate", 2)[0] == 0
    theirs = {1: square(0, 1, 0.7), 2: square(0.7, 1, 1.3)}
    with squares.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(number), "put", "别名", shape) for number, shape in theirs.items()])
    assert "stale" in wangge("show", 2)[1]
    code, told = wangge("rebase", 2)
    assert (code, f"conflict {leaf(1)} (name, outline): undecided" in told) == (7, True)
    assert wangge("rebase", 2, "--mine", leaf(1), "--theirs", leaf(1))[0] == 2
    assert wangge("rebase", 2, "--mine", leaf(1), "--mine", leaf(2))[0] == 0
    assert wangge("publish", 2, "--commit")[0] == 0
    assert wangge("open", "--title", "放弃")[0] == 0
    assert wangge("drop", 4)[0] == 0


def test_a_review_as_it_is_typed(wangge: Wangge, squares: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "jia")
    assert wangge("open", "--title", "审核")[0] == 0
    draw(squares, 2, 1, square(0, 1))
    assert wangge("submit", 2)[0] == 7
    assert wangge("validate", 2)[0] == 0
    assert "review" in wangge("submit", 2)[1]
    assert wangge("approve", 2)[0] == 9
    monkeypatch.setenv("LOGNAME", "yi")
    assert wangge("approve", 2, "--rev", 99)[0] == 7
    assert "approved" in wangge("approve", 2)[1]
    assert wangge("return", 2, "请再核对")[0] == 0
    code, told = wangge("show", 2)
    assert (code, "validated" in told, "yi: 请再核对" in told) == (0, True, True)
    assert wangge("approve", 2)[0] == 7


def test_a_draft_waits_for_its_day_as_it_is_typed(wangge: Wangge, squares: Database) -> None:
    assert wangge("open", "--title", "来年")[0] == 0
    draw(squares, 2, 1, square(0, 1))
    day = local_today() + timedelta(30)
    assert f"takes effect on {day}" in wangge("publish", 2, "--commit", "--valid-from", day)[1]
    assert f"waiting {day}" in wangge("show", 2)[1]
    assert "waiting" in wangge("list")[1]
    assert wangge("open", "--title", "别的")[0] == 0
    draw(squares, 3, 3, square(0, 0))
    code, told = wangge("publish", 3, "--commit")
    assert (code, f"draft 2 takes effect on {day}" in told) == (7, True)
    assert "open again" in wangge("recall", 2)[1]
    assert wangge("recall", 2)[0] == 7
    assert "published edition 2" in wangge("publish", 3, "--commit")[1]


def test_an_edition_is_brought_back(wangge: Wangge, squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(1), "retire"), Change(leaf(2), "put", "第2网格", square(0, 1, 2))])
    code, told = wangge("publish", "--rollback", 1)
    assert (code, "rehearsal" in told) == (0, True)
    assert "rehearsal" not in wangge("list")[1]
    assert "published edition 3" in wangge("publish", "--rollback", 1, "--commit")[1]
    assert wangge("publish", "--rollback", 3)[0] == 7
    assert wangge("publish", 1, "--rollback", 1)[0] == 2


def test_wrong_words_are_told(wangge: Wangge) -> None:
    assert (wangge()[0], wangge("nix")[0], wangge("show", "x")[0], wangge("show", 99)[0]) == (2, 2, 2, 4)
    assert 'there is no action "nix"' in wangge("nix")[1]
