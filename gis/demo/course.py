"""The way of the demo disputes through the closed loop: when each step was taken, and the log of who took it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.arrays import F64, I64, Bools
from gis.closed_loop import State
from gis.demo.streams import choose
from gis.demo.worktime import DAY_S, instants, year_s

LIMIT_DAYS = {"normal": 7, "urgent": 3}
"""Working days within which a dispute is to be closed, by urgency."""

_OVERDUE, _WATCHED, _URGENT = 0.03, 0.08, 0.09
_NOTES: dict[State, tuple[str, ...]] = {
    "accept": ("登记受理", "当面登记受理", "核对情况后受理"),
    "triage": ("分流至村级综治中心", "分流至网格，请网格员到场", "转镇级综治中心协同"),
    "handle": ("约定双方到场调解", "入户了解情况", "会同村组干部现场查看"),
    "supervise": ("督办：请按期办结", "督办：请说明进展"),
    "close": ("调解成功，签订调解协议", "调解成功，当场履行", "调解成功，口头和解"),
    "archive": ("材料齐全，归档",),
    "revisit": ("电话回访，双方无异议", "上门回访，协议已履行"),
}
_FAILED = {"close": "调解未成，已告知其他解决途径", "revisit": "回访，已了解后续途径"}


@dataclass(frozen=True, slots=True)
class Course:
    """Seconds at work of every step (n,), by state in the order of the loop (-1 where it was not taken), and urgency."""

    steps: dict[State, I64]
    urgent: Bools


def make_course(count: int, generator: np.random.Generator) -> Course:
    """A plausible course of ``count`` disputes, in the order of their acceptance, all accepted within the year.

    Few are closed late, and those are supervised when their time is over; some others are watched on the way.
    """

    def between(low: float, high: float) -> F64:
        return low + (high - low) * generator.random(count)

    urgent = generator.random(count) < _URGENT
    accept = np.sort((generator.random(count) * year_s()).astype(np.int64))
    limit = np.where(urgent, LIMIT_DAYS["urgent"], LIMIT_DAYS["normal"])
    until = (accept // DAY_S + limit + 1) * DAY_S  # the end of the last day: its number-th working day after
    triage = accept + between(300, 5400).astype(np.int64)
    handle = triage + between(1200, 0.9 * DAY_S).astype(np.int64)
    late = generator.random(count) < _OVERDUE
    in_time = handle + (until - handle) * between(0.08, 0.97) * between(0.6, 1.0)
    close = np.where(late, until + between(0.3 * DAY_S, 3 * DAY_S), in_time).astype(np.int64)
    watched = np.where(generator.random(count) < _WATCHED, handle + (close - handle) * 6 // 10, -1)
    archive = close + between(0.3 * DAY_S, 2 * DAY_S).astype(np.int64)
    return Course(
        steps={
            "accept": accept,
            "triage": triage,
            "handle": handle,
            "supervise": np.where(late, until + between(600, 3600).astype(np.int64), watched),
            "close": close,
            "archive": archive,
            "revisit": archive + between(2 * DAY_S, 8 * DAY_S).astype(np.int64),
        },
        urgent=urgent,
    )


def make_events(
    course: Course, disputes: pd.DataFrame, staff: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    """The log: ``dispute, state, at, actor`` (staff id), ``actor_name, actor_role, note``; by dispute, in time order."""
    succeeded = disputes["succeeded"].to_numpy()
    parts: list[pd.DataFrame] = []
    for place, (state, seconds) in enumerate(course.steps.items()):
        taken = np.flatnonzero(seconds >= 0)
        notes = choose(taken.size, dict.fromkeys(_NOTES[state], 1 / len(_NOTES[state])), generator)
        notes = [note if good else _FAILED.get(state, note) for note, good in zip(notes, succeeded[taken], strict=True)]
        part = pd.DataFrame({"row": taken, "place": place, "state": state, "at": instants(seconds[taken])})
        parts.append(part.assign(actor=_actors(state, disputes.iloc[taken], course, staff), note=notes))
    log = pd.concat(parts).sort_values(["row", "place"], ignore_index=True)
    people = staff.set_index("id").loc[log["actor"]]
    return pd.DataFrame(
        {
            "dispute": disputes["id"].to_numpy()[log["row"]],
            "state": log["state"],
            "at": log["at"],
            "actor": log["actor"],
            "actor_name": people["name"].to_numpy(),
            "actor_role": people["role"].to_numpy(),
            "note": log["note"],
        }
    )


def _actors(state: State, disputes: pd.DataFrame, course: Course, staff: pd.DataFrame) -> list[int]:
    """Who takes a step: the grid's own staff on the ground, the township's dispatcher at the desk, the county's
    where it supervises; who supervised a dispute is followed by the dispatcher in closing it.
    """
    keeper = dict(zip(staff["code"], staff["id"], strict=True))
    supervised = course.steps["supervise"][disputes.index.to_numpy()] >= 0
    desk = [
        state in {"triage", "handle", "archive"}
        or (state == "accept" and source in {"window", "transfer", "hotline"})
        or (state == "close" and watched)
        for source, watched in zip(disputes["source"], supervised.tolist(), strict=True)
    ]
    width = 6 if state == "supervise" else 9
    return [
        keeper[code[:width]] if at_desk or state == "supervise" else keeper[code]
        for code, at_desk in zip(disputes["code"], desk, strict=True)
    ]
