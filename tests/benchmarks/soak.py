"""Many cycles of edit, repair, judgement, publication and back, each committed, with every contract checked after it."""

import random
import time
from statistics import median

from api.cli.console import say
from gis.coverage import county_codes
from gis.db import Database
from gis.scope import everything
from tests.benchmarks.measure import Figure, Report, WrongAnswer, check
from tests.benchmarks.store import SQL
from tests.boundaries.cycles import cycle
from tests.conftest import Templates

SEED = 5
WORD_EVERY = 50


def run(templates: Templates, cycles: int) -> Report:
    """So many cycles over the demonstration county; a cycle that breaks a contract is a wrong answer, named by its number.

    Raises
    ------
    WrongAnswer
    """
    url, dice, seconds, made = templates.clone(templates.county()), random.Random(SEED), list[float](), 0
    with Database(url, size=2, statement_timeout_s=0) as database:
        with database.transaction() as connection:
            scope = everything(county_codes(connection), "soak")
        with database.transaction(scope) as connection:
            before = connection.execute(SQL["figures_of_the_first_edition"]).fetchall()
        for number in range(cycles):
            started = time.perf_counter()
            try:
                with database.transaction(scope) as connection:
                    made += len(cycle(connection, dice))
            except Exception as error:
                raise WrongAnswer(f"cycle {number} of seed {SEED}: {error!r}") from error
            seconds.append(time.perf_counter() - started)
            if not len(seconds) % WORD_EVERY:
                say(
                    f"{len(seconds)} / {cycles} 轮，{made} 个版本",
                    f"{len(seconds)} of {cycles} cycles, {made} editions",
                )
        with database.transaction(scope) as connection:
            check(connection.execute(SQL["figures_of_the_first_edition"]).fetchall() == before, "figures of edition 1")
    templates.drop(url)
    worst = f"{made} editions; first 10 %: {_part(seconds, 0)}; last 10 %: {_part(seconds, -1)}"
    return Report(
        "长跑", "soak", [Figure(f"一轮（共 {cycles}）", f"one of {cycles} cycles", median(seconds), note=worst)]
    )


def _part(seconds: list[float], tenth: int) -> str:
    """The median of the first or last tenth: whether cycles grow slower with the number of editions."""
    size = max(1, len(seconds) // 10)
    return f"{median(seconds[:size] if tenth == 0 else seconds[-size:]):.2f} s"
