"""Issues codes that were never issued before: the counters in the database, the rule in `gis.codes`."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from gis.codes import RANGES, UNIT_LEVEL, Kind, child, kind_of, next_number, number_of, parent
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("allocator.sql"))


def allocate(connection: Connection, kind: Kind, wanted: Mapping[str, int]) -> dict[str, list[str]]:
    """Issue the next codes of a kind: so many under each parent; the counters stay locked until commit.

    Raises
    ------
    CodesExhausted
        If a range is used up: a code is never widened and never reused.
    InvalidCode
        If a parent is not of the level above ``kind``.
    """
    parents = sorted(wanted)
    connection.execute(_SQL["open_counters"], {"parents": parents, "series": kind})
    last: dict[str, int] = dict(connection.execute(_SQL["lock_counters"], [parents, kind]).fetchall())
    issued: dict[str, list[str]] = {under: [] for under in parents}
    for under, codes in issued.items():
        for _ in range(wanted[under]):
            last[under] = next_number(under, kind, last[under])
            codes.append(child(under, last[under]))
    connection.execute(_SQL["raise_counters"], [parents, [str(kind)] * len(parents), [last[p] for p in parents]])
    if RANGES[kind].level != UNIT_LEVEL:
        connection.execute(_SQL["issue"], [[code for codes in issued.values() for code in codes]])
    return issued


def register(connection: Connection, codes: Iterable[str]) -> None:
    """Record codes that came from elsewhere (files, official lists) as issued, so that none is given out again."""
    wanted = sorted(set(codes))
    connection.execute(_SQL["issue"], [wanted])
    highest: dict[tuple[str, Kind], int] = {}
    for code in wanted:
        above, kind = parent(code), kind_of(code)
        if above is not None and kind is not None:
            highest[above, kind] = max(highest.get((above, kind), 0), number_of(code))
    keys = sorted(highest)
    connection.execute(
        _SQL["raise_counters"], [[k[0] for k in keys], [k[1] for k in keys], [highest[key] for key in keys]]
    )


def retired(connection: Connection, codes: Iterable[str]) -> list[str]:
    """Those of ``codes`` that were in use once and were retired: they must never come back."""
    return [row[0] for row in connection.execute(_SQL["retired"], [sorted(set(codes))])]


def retire(connection: Connection, codes: Iterable[str], edition: int) -> None:
    """Mark codes as retired by an edition."""
    connection.execute(_SQL["retire"], [edition, sorted(set(codes))])
