"""The demo county's disputes: the figures of their year, their places, and their way through the closed loop."""

import numpy as np
import pandas as pd
import shapely

from gis.clock import CHINA
from gis.closed_loop import STATES, Step, check_step, replay
from gis.demo import DemoCounty
from gis.demo.disputes import MIX
from gis.working_days import read_calendar


def test_figures_of_the_year(county: DemoCounty):
    disputes = county.disputes
    accepted = disputes["accepted_at"].dt.tz_convert(CHINA)
    assert ((accepted >= "2023-01-01") & (accepted < "2024-01-01")).sum() == 1381
    assert disputes["closed_at"].notna().sum() == 1381
    assert disputes["succeeded"].sum() == 1367
    total = sum(MIX.values())
    assert total == 5935
    counts = disputes["category"].value_counts()
    assert all(abs(counts.get(name, 0) - 1381 * weight / total) < 1 for name, weight in MIX.items())
    late = (disputes["closed_at"] > disputes["deadline"]).mean()
    assert 0.005 < late < 0.06


def test_disputes_lie_in_the_grid_they_name(county: DemoCounty):
    disputes = county.disputes
    position = np.searchsorted(county.leaves["code"], disputes["code"])
    assert shapely.contains_xy(county.leaves.geometry.to_numpy()[position], disputes["lon"], disputes["lat"]).all()
    homes = county.households.set_index("id")["code"]
    named = disputes[disputes["household"].notna()]
    assert 500 < len(named) < 1381
    assert (homes[named["household"]].to_numpy() == named["code"].to_numpy()).all()
    assert (disputes["occurred_at"] < disputes["accepted_at"]).all()
    assert (disputes["parties"] >= 2).all()


def test_deadlines_are_those_of_the_calendar(county: DemoCounty):
    calendar = read_calendar()
    some = county.disputes.iloc[::40]
    accepted, deadlines = some["accepted_at"].dt.to_pydatetime(), some["deadline"].dt.to_pydatetime()
    for urgency, start, end in zip(some["urgency"], accepted, deadlines, strict=True):
        assert end == calendar.deadline(start, {"normal": 7, "urgent": 3}[urgency])


def test_timelines_go_through_the_closed_loop(county: DemoCounty):
    disputes = county.disputes.set_index("id")
    late = set(disputes.index[disputes["closed_at"] > disputes["deadline"]])
    assert late <= set(county.events["dispute"][county.events["state"] == "supervise"])
    roles = county.staff.set_index("id")["role"]
    logs = county.events.groupby("dispute", sort=False)
    assert len(logs) == 1381
    for dispute, log in logs:
        facts = disputes.loc[dispute]
        assert log["at"].is_monotonic_increasing
        assert log["at"].is_unique
        assert log["at"].iloc[0] == facts["accepted_at"]
        outcome = {"close": bool(facts["succeeded"])}
        steps = [Step(state, at, outcome.get(state)) for state, at in zip(log["state"], log["at"], strict=True)]
        for before, step, actor in zip(steps, steps[1:], log["actor"].iloc[1:], strict=False):
            check_step(before.to, step.to, str(roles[actor]), succeeded=step.succeeded, note="")
        standing = replay(steps)
        assert standing.state == "revisit"
        assert standing.closed_at == facts["closed_at"]
        assert standing.succeeded == facts["succeeded"]


def test_events_happen_in_working_hours(county: DemoCounty):
    calendar = read_calendar()
    at = county.events["at"].dt.tz_convert(CHINA)
    assert all(calendar.is_working(day) for day in set(at.dt.date))
    hours = at.dt.hour + at.dt.minute / 60
    assert (hours.between(8.5, 12) | hours.between(14.5, 18)).all()
    assert set(county.events["state"]) == set(STATES)
    assert at.max() < pd.Timestamp("2024-04-01", tz=CHINA)
