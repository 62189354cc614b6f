"""The sizes of neighbour units that each county decided on; the last decision holds, the earlier ones are its history."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gis.codes import WIDTHS, check_code
from gis.db import Connection, load_queries
from gis.partition import DEFAULT_POLICY, UnitPolicy

_SQL = load_queries(Path(__file__).with_name("unit_policies.sql"))
COUNTY_DIGITS = WIDTHS[2]


@dataclass(frozen=True, slots=True)
class Decision:
    """A policy, who decided on it and when."""

    policy: UnitPolicy
    by: str
    since: datetime


def read_policies(connection: Connection) -> dict[str, UnitPolicy]:
    """The policy that holds in each county that decided on one, by its code."""
    return {row[0]: UnitPolicy(*row[1:8]) for row in connection.execute(_SQL["current"])}


def policy_of(connection: Connection, grid: str) -> UnitPolicy:
    """The policy for a grid (of any level) or unit: that of its county, the default if it decided on none."""
    return read_policies(connection).get(grid[:COUNTY_DIGITS], DEFAULT_POLICY)


def decisions(connection: Connection, county: str) -> list[Decision]:
    """All decisions of a county, the one that holds first."""
    return [Decision(UnitPolicy(*row[:7]), row[7], row[8]) for row in connection.execute(_SQL["history"], [county])]


def decide(connection: Connection, county: str, policy: UnitPolicy, *, by: str) -> bool:
    """Write a county's decision; False, and nothing is written, if it holds already.

    Units stay as they are; whatever makes or mends units afterwards keeps to it. Decisions of one county wait for each
    other until commit.

    Raises
    ------
    InvalidCode
        If ``county`` is no code of a county.
    """
    check_code(county, 2)
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('gis.unit_policy'), %s)", [int(county)])
    if policy_of(connection, county) == policy:
        return False
    given: dict[str, Any] = {**asdict(policy), "county": county, "set_by": by}
    connection.execute(_SQL["add"], given)
    return True
