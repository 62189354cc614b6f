"""Which grids took the place of a retired one, followed through all editions since, with weights."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from gis.codes import WIDTHS, level_of
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("grids.sql"))


@dataclass(frozen=True, slots=True)
class Heir:
    """A grid that holds ground of a retired one: shares of the old grid's area and households, 0 to 1.

    ``household_share`` is ``None`` if the old grid had no household when it was retired.
    """

    code: str
    area_share: float
    household_share: float | None


@dataclass(frozen=True, slots=True)
class Passing:
    """In an edition a share of ``old`` went to ``new``; ``gone`` tells that ``old`` itself was retired then."""

    edition: int
    old: str
    new: str
    area_share: float
    household_share: float | None
    gone: bool


Leaf = tuple[str, float, int]
"""A basic grid with its area in m² and its households."""


def successors(connection: Connection, code: str, retired_in: int, edition: int, *, k: int | None = None) -> list[Heir]:
    """The heirs of a grid of any level that was retired, as they stand in an edition; the largest share first.

    Passages are recorded between basic grids, so a larger grid's heirs are those of its basic grids, weighted by
    their areas and households on the eve of its retirement. With ``k`` they come as `without_people` shows them.
    """
    leaves = connection.execute(_SQL["leaves"], {"code": code, "edition": retired_in - 1}).fetchall()
    given = {"codes": [row[0] for row in leaves], "first": retired_in, "last": edition}
    passings = [Passing(*row) for row in connection.execute(_SQL["passages"], given)]
    heirs = [heir for heir in heirs_of(code, leaves, passings) if heir.code != code]
    return heirs if k is None else without_people(heirs, sum(leaf[2] for leaf in leaves), k)


def heirs_of(code: str, leaves: Sequence[Leaf], passings: Sequence[Passing]) -> list[Heir]:
    """Who holds the ground of a grid after some passages, itself included; the largest share of area first.

    Parameters
    ----------
    leaves : its basic grids before the passages.
    passings : all passages that these and their heirs were in, by edition and old code.
    """
    area = follow({leaf: area_m2 for leaf, area_m2, _ in leaves}, [(p, p.area_share) for p in passings])
    households = follow(
        {leaf: float(count) for leaf, _, count in leaves}, [(p, p.household_share or 0.0) for p in passings]
    )
    width = WIDTHS[level_of(code)]
    area_of, households_of = _shares(area, width), _shares(households, width)
    found = [
        Heir(heir, area_of.get(heir, 0.0), households_of.get(heir, 0.0) if households_of else None)
        for heir in {leaf[:width] for leaf in area}
    ]
    return sorted(found, key=lambda heir: (-heir.area_share, heir.code))


def without_people(heirs: Sequence[Heir], households: int, k: int) -> list[Heir]:
    """Heirs as everybody may see them: shares of households tell no count below ``k``.

    A share is a count divided by the ``households`` of the old grid, which figures may show. Where an heir got fewer
    than ``k``, all shares are left out, as they add up; the others are rounded to per cents, which do not show of
    how many households they are.
    """
    counts = [(heir.household_share or 0.0) * households for heir in heirs]
    small = any(1e-6 < count < k - 1e-6 for count in counts)
    return [
        Heir(h.code, h.area_share, None if small or h.household_share is None else round(h.household_share, 2))
        for h in heirs
    ]


def follow(weights: dict[str, float], passings: Iterable[tuple[Passing, float]]) -> dict[str, float]:
    """Carry weights along passages, edition by edition; what a standing grid does not give away it keeps.

    A retired grid keeps nothing: what its recorded shares leave over (slivers below the floor) goes along in
    proportion. Without any share, as of its area where only households are looked at, its weight stays where it is.
    """
    present = dict(weights)
    for _, of_edition in groupby(passings, key=lambda item: item[0].edition):
        before, present = present, dict(present)
        for old, of_grid in groupby(of_edition, key=lambda item: item[0].old):
            given = list(of_grid)
            total = sum(share for _, share in given)
            weight = before.get(old, 0.0)
            if total <= 0 or weight <= 0:
                continue
            scale = total if given[0][0].gone or total > 1 else 1.0
            for passing, share in given:
                present[passing.new] = present.get(passing.new, 0.0) + weight * share / scale
            present[old] -= weight * total / scale
    return {code: weight for code, weight in present.items() if weight > 1e-9}


def _shares(weights: dict[str, float], width: int) -> dict[str, float]:
    """Shares of the sum by the grid of a level; empty if there is nothing to share."""
    total = sum(weights.values())
    shares: dict[str, float] = defaultdict(float)
    for code, weight in weights.items():
        shares[code[:width]] += weight / total
    return {code: round(share, 9) for code, share in shares.items()}
