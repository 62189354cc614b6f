"""A short run of the cycles that a year of boundary work goes through."""

import random

from gis.db import Connection
from tests.boundaries.cycles import cycle
from tests.examples import examples


def test_cycles_of_edit_repair_publish_and_back(connection: Connection) -> None:
    dice = random.Random(5)
    figures = "SELECT grid_code::text, sum(change) FROM gis.assignment_tally WHERE edition <= 1 GROUP BY 1 ORDER BY 1"
    before = connection.execute(figures).fetchall()
    made = [edition for _ in range(examples(4, 8)) for edition in cycle(connection, dice)]
    assert made == list(range(2, len(made) + 2))
    assert connection.execute(figures).fetchall() == before
