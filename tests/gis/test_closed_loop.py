"""The closed loop's rules, without a database."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.closed_loop import CLOSED, STATE_NAMES, STATES, STEPS, Standing, State, Step, check_step, next_states, replay
from gis.errors import Conflict, Forbidden, InvalidInput

START = datetime(2026, 3, 2, tzinfo=UTC)


def walk(choices: list[int], outcomes: list[bool]) -> list[Step]:
    """A log of steps that exist, chosen by numbers."""
    log = [Step("accept", START)]
    for number, choice in enumerate(choices):
        options = next_states(log[-1].to)
        to = options[choice % len(options)]
        succeeded = outcomes[number % len(outcomes)] if to == "close" else None
        log.append(Step(to, START + timedelta(days=number + 1), succeeded))
    return log


@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.booleans(), min_size=1, max_size=5))
def test_log_and_standing_agree(choices: list[int], outcomes: list[bool]) -> None:
    log = walk(choices, outcomes)
    standing = replay(log)
    assert standing.state == log[-1].to
    closings = [step for step in log if step.to == "close"]
    if standing.state in CLOSED:
        assert (standing.closed_at, standing.succeeded) == (closings[-1].at, closings[-1].succeeded)
        assert standing.mediated
    else:
        assert (standing.closed_at, standing.succeeded, standing.mediated) == (None, None, False)


@given(st.sampled_from(STATES), st.sampled_from(STATES), st.sampled_from(["grid_staff", "mediator", "leader"]))
def test_only_steps_of_the_table_pass(state: State, to: State, role: str) -> None:
    succeeded = True if to == "close" else None
    if (state, to) not in STEPS:
        with pytest.raises(Conflict):
            check_step(state, to, role, succeeded=succeeded, note="x")
    elif role not in STEPS[state, to]:
        with pytest.raises(Forbidden):
            check_step(state, to, role, succeeded=succeeded, note="x")
    else:
        check_step(state, to, role, succeeded=succeeded, note="x")
        assert to in next_states(state, role)


def test_the_main_way_and_its_short_cut() -> None:
    way = ["accept", "triage", "handle", "supervise", "close", "archive", "revisit"]
    assert all((a, b) in STEPS for a, b in pairwise(way))
    assert ("handle", "close") in STEPS
    assert next_states("revisit") == ["handle"]


def test_every_state_is_reached_and_left_and_named() -> None:
    assert {to for _, to in STEPS} | {"accept"} == set(STATES) == set(STATE_NAMES)
    assert {state for state, _ in STEPS} == set(STATES)


def test_reopening_undoes_the_outcome() -> None:
    closed = Standing("archive", START, succeeded=True).after(Step("revisit", START))
    assert closed == Standing("revisit", START, succeeded=True)
    assert closed.after(Step("handle", START)) == Standing("handle")


@pytest.mark.parametrize(("to", "succeeded"), [("close", None), ("supervise", True)])
def test_outcome_belongs_to_closing(to: State, succeeded: bool | None) -> None:
    with pytest.raises(InvalidInput):
        check_step("handle", to, "operator", succeeded=succeeded, note="")


@pytest.mark.parametrize("state", ["supervise", "revisit"])
def test_steps_back_need_a_reason(state: State) -> None:
    with pytest.raises(InvalidInput):
        check_step(state, "handle", "operator", succeeded=None, note="")


@pytest.mark.parametrize("log", [[], ["triage"], ["accept", "accept"], ["accept", "close"]])
def test_broken_logs_are_refused(log: list[State]) -> None:
    with pytest.raises(Conflict):
        replay(Step(to, START) for to in log)
