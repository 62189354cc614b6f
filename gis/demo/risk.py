"""Risk ratings of households 风险户 with their history. A household without an open rating has none: not green."""

from datetime import timedelta

import numpy as np
import pandas as pd

from gis.arrays import I64
from gis.demo.streams import choose
from gis.demo.worktime import DAY_S, instants, year_s

RATED = {"red": 90, "yellow": 320, "green": 800}
"""Households that have each rating at the end of the year."""

REVIEW_DAYS = {"red": 30, "yellow": 90, "green": 180}
"""Days after which a rating of each level is reviewed."""

REASONS: dict[str, tuple[str, str]] = {
    "repeat_dispute": ("矛盾反复", "recurring dispute"),
    "family_conflict": ("家庭关系紧张", "family conflict"),
    "neighbour_tension": ("邻里关系紧张", "tension between neighbours"),
    "land_claim": ("山林土地权属争议", "contested land or forest"),
    "debt": ("债务纠纷", "debts"),
    "care_burden": ("照料负担重", "heavy burden of care"),
}
"""Reason codes of ratings, in Chinese and English."""

_LEVELS = list(RATED)
_USUAL, _UNUSUAL = np.array([1, 2, 1]), np.array([2, 0, 0])  # which level comes before each
_ENDED = 420  # households whose only rating has ended
_CHANCES = dict.fromkeys(REASONS, 1 / len(REASONS))


def make_ratings(households: pd.DataFrame, staff: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Ratings: ``household``, ``level``, ``reason`` (of `REASONS`), ``rated_by`` (name of the grid's staff), ``rated_at``, ``review_on``,
    ``ended_at`` (NaT while it stands); in time order within a household, none overlapping another.
    """
    current = sum(RATED.values())
    chosen = np.argsort(generator.random(len(households)))[: current + _ENDED]
    level = np.repeat(np.arange(3), list(RATED.values()))
    period = DAY_S * np.array([REVIEW_DAYS[name] for name in _LEVELS]) * 5 // 7
    rated = year_s() - (period[level] * generator.random(current) * 1.03).astype(np.int64) - 1
    parts = [(chosen[:current], level, rated, np.full(current, -1))]
    for chance in (0.45, 0.25):
        household, after, ended, _ = parts[-1]
        before = np.where(generator.random(after.size) < 0.75, _USUAL[after], _UNUSUAL[after])
        start = ended - (period[before] * (0.4 + 0.6 * generator.random(after.size))).astype(np.int64)
        had = (generator.random(after.size) < chance) & (start >= 0)
        parts.append((household[had], before[had], start[had], ended[had]))
    level = np.searchsorted([0.08, 0.35], generator.random(_ENDED))
    start = (year_s() * 0.4 * generator.random(_ENDED)).astype(np.int64)
    ended = start + (period[level] * (0.5 + 0.5 * generator.random(_ENDED))).astype(np.int64)
    parts.append((chosen[current:], level, start, ended))
    return _table(parts, households, staff, generator)


def _table(
    parts: list[tuple[I64, I64, I64, I64]],
    households: pd.DataFrame,
    staff: pd.DataFrame,
    generator: np.random.Generator,
) -> pd.DataFrame:
    household, level, rated, ended = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((rated, household))
    household, level, rated, ended = household[order], level[order], rated[order], ended[order]
    names = [_LEVELS[at] for at in level.tolist()]
    keeper = dict(zip(staff["code"], staff["name"], strict=True))
    rated_at = instants(rated)
    return pd.DataFrame(
        {
            "household": households["id"].to_numpy()[household],
            "level": names,
            "reason": choose(household.size, _CHANCES, generator),
            "rated_by": [keeper[code] for code in households["code"].to_numpy()[household]],
            "rated_at": rated_at,
            "review_on": [
                at.date() + timedelta(days=REVIEW_DAYS[name]) for at, name in zip(rated_at, names, strict=True)
            ],
            "ended_at": instants(np.maximum(ended, 0)).where(ended >= 0),
        }
    )
