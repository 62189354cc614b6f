"""Every shape of predicate in annex A of CQL2 (OGC 21-065r2) over the standard's own layers, counted by pandas and shapely."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import geopandas
import pandas as pd
import pytest
from psycopg import sql

from api.ogc.context import CRS84
from api.ogc.cql.compile import compile_filter
from api.ogc.cql.parse import parse_filter
from gis.db import Connection
from gis.errors import InvalidInput, WanggeError
from tests.api.ogc.cql import test_annex_a
from tests.api.ogc.cql.space_time import COUNTRIES, MOMENT, PLACES, RIVERS, Case, Frame, Mask, column, spatial, temporal
from tests.api.ogc.cql.test_annex_a import Layers

pytestmark = test_annex_a.pytestmark
connection, layers = test_annex_a.connection, test_annex_a.layers
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LITERALS: list[tuple[str, str, str, Any]] = [
    (PLACES, "name", "'København'", "København"),
    (COUNTRIES, "NAME", "'Luxembourg'", "Luxembourg"),
    (PLACES, "pop_other", "1038288", 1038288),
    (COUNTRIES, "POP_EST", "37589262", 37589262),
    (PLACES, '"date"', "DATE('2022-04-16')", date(2022, 4, 16)),
    (PLACES, "start", "TIMESTAMP('2022-04-16T10:13:19Z')", datetime(2022, 4, 16, 10, 13, 19, tzinfo=UTC)),
    (PLACES, "boolean", "true", True),
    (PLACES, "boolean", "false", False),
]


def met(name: str, compare: Callable[[Any, Any], Any], value: object) -> Mask:
    """Whether a property compares so with a value."""
    return lambda frame: compare(column(frame, name), value)


def unmet(name: str, compare: Callable[[Any, Any], Any], value: object) -> Mask:
    """Whether a property is there and does not."""
    return lambda frame: ~compare(column(frame, name), value)


def between(one: str, compare: Callable[[Any, Any], Any], other: str) -> Mask:
    """Whether two properties, if both are there, compare so."""

    def mask(frame: Frame) -> Any:
        both = frame.dropna(subset=[one, other])
        return compare(both[one], both[other])

    return mask


def comparisons() -> list[Case]:
    """Each operator between a property and a literal, either way round, and negated; being null."""
    cases: list[Case] = []
    for layer, name, text, value in _LITERALS:
        for op, compare in _COMPARE.items():
            if name == "boolean" and op not in {"=", "<>"}:
                continue
            yes, no = met(name, compare, value), unmet(name, compare, value)
            cases += [(layer, f"{name}{op}{text}", yes), (layer, f"{text}{_TURNED[op]}{name}", yes)]
            cases += [(layer, f"NOT ({name}{op}{text})", no), (layer, f"NOT {name}{op}{text}", no)]
        bare = name.strip('"')
        cases.append((layer, f"{name} IS NULL", lambda f, n=bare: f[n].isna()))
        cases.append((layer, f"{name} IS NOT NULL", lambda f, n=bare: f[n].notna()))
        cases.append((layer, f"NOT ({name} IS NULL)", lambda f, n=bare: f[n].notna()))
    for one, other in (("name", "nameascii"), ("pop_min", "pop_max"), ("start", "end")):
        cases += [(PLACES, f"{one}{op}{other}", between(one, compare, other)) for op, compare in _COMPARE.items()]
    return cases


def high(frame: Frame) -> Any:
    return frame["pop_other"] > 1038288


def pop(frame: Frame) -> Any:
    return column(frame, "pop_other")


def lower(frame: Frame) -> Any:
    return frame["name"].str.casefold()


def fits(frame: Frame) -> Any:
    return frame["name"].str.fullmatch("B.r.*")


def in_days(frame: Frame) -> Any:
    return column(frame, "date").isin([date(2021, 4, 16), date(2022, 4, 16)])


def logic() -> list[Case]:
    """Parts that need each other's nulls: three-valued as SQL has it."""
    return [
        (PLACES, "pop_other>1038288 AND name>'København'", lambda f: high(f) & (f["name"] > "København")),
        (PLACES, "pop_other>1038288 OR name>'København'", lambda f: high(f) | (f["name"] > "København")),
        (PLACES, "(pop_other<=1038288 OR pop_other IS NULL) AND NOT (name='Berlin')",
         lambda f: ~high(f) & (f["name"] != "Berlin")),
        (PLACES, "\"date\" IS NOT NULL AND boolean=true OR start<TIMESTAMP('2022-04-16T10:13:19Z')",
         lambda f: f["date"].notna() & f["boolean"].eq(other=True) | (f["start"] < MOMENT)),
        (PLACES, 'NOT ("date" IS NULL OR boolean IS NULL)', lambda f: f["date"].notna() & f["boolean"].notna()),
        (PLACES, "boolean", lambda f: f["boolean"].eq(other=True)),
        (PLACES, "NOT boolean", lambda f: f["boolean"].eq(other=False)),
    ]  # fmt: skip


def advanced() -> list[Case]:
    """LIKE, BETWEEN and IN, each also negated; arithmetic; case and accents."""
    names = ("Kiev", "kobenhavn", "Berlin", "athens", "foo")
    numbers = (1038288, 1611692, 3013258, 3013257, 3013259)
    listed = ",".join(repr(name) for name in names)
    cases: list[Case] = [
        (PLACES, "name LIKE 'B_r%'", fits),
        (PLACES, "name NOT LIKE 'B_r%'", lambda f: ~fits(f)),
        (PLACES, "name LIKE 'b_r%'", lambda f: f["name"].str.fullmatch("b.r.*")),
        (PLACES, "name LIKE '%'", lambda f: f["name"].notna()),
        (PLACES, "'København' LIKE 'K_benhavn'", lambda f: f["name"].notna()),
        (PLACES, "name LIKE nameascii", lambda f: f["name"] == f["nameascii"]),
        (PLACES, "pop_other BETWEEN 1000000 AND 3000000", lambda f: pop(f).between(1000000, 3000000)),
        (PLACES, "pop_other NOT BETWEEN 1000000 AND 3000000", lambda f: ~pop(f).between(1000000, 3000000)),
        (PLACES, "pop_other between pop_min and pop_max", lambda f: f["pop_other"].between(f["pop_min"], f["pop_max"])),
        (PLACES, f"name IN ({listed})", lambda f: f["name"].isin(names)),
        (PLACES, f"name NOT IN ({listed})", lambda f: ~f["name"].isin(names)),
        (PLACES, f"pop_other IN {numbers}", lambda f: pop(f).isin(numbers)),
        (PLACES, f"pop_other NOT IN {numbers}", lambda f: ~pop(f).isin(numbers)),
        (PLACES, "\"date\" IN (DATE('2021-04-16'),DATE('2022-04-16'))", in_days),
        (PLACES, "\"date\" NOT IN (DATE('2021-04-16'),DATE('2022-04-16'))", lambda f: ~in_days(f)),
        (PLACES, "start IN (TIMESTAMP('2022-04-16T10:13:19Z'))", lambda f: f["start"] == MOMENT),
        (PLACES, "boolean IN (true)", lambda f: f["boolean"].eq(other=True)),
        (PLACES, "boolean IN (true,false)", lambda f: f["boolean"].notna()),
        (PLACES, "1038288 IN (pop_other,pop_max)", lambda f: (f["pop_other"] == 1038288) | (f["pop_max"] == 1038288)),
        (PLACES, "CASEI(name)=casei('KIEV')", lambda f: lower(f) == "kiev"),
        (PLACES, "CASEI(name)<>casei('kiev')", lambda f: lower(f) != "kiev"),
        (PLACES, "casei('KØBENHAVN')=CASEI(name)", lambda f: lower(f) == "københavn"),
        (PLACES, "CASEI(name) LIKE casei('B_R%')", lambda f: lower(f).str.fullmatch("b.r.*")),
        (PLACES, "CASEI(name) NOT LIKE casei('B_R%')", lambda f: ~lower(f).str.fullmatch("b.r.*")),
        (PLACES, "CASEI(name) IN (casei('KIEV'),casei('berlin'))", lambda f: lower(f).isin(["kiev", "berlin"])),
        (PLACES, "CASEI(name) NOT IN (casei('KIEV'),casei('berlin'))", lambda f: ~lower(f).isin(["kiev", "berlin"])),
        (PLACES, "ACCENTI(name)=accenti('Chisinau')", lambda f: f["name"] == "Chișinău"),
        (PLACES, "ACCENTI(name)=accenti('chisinau')", lambda f: f["name"] == "chisinau"),
        (
            PLACES,
            "ACCENTI(CASEI(name)) IN (accenti(casei('KIEV')),accenti(casei('CHIȘINĂU')))",
            lambda f: f["name"].isin(["Kiev", "Chișinău"]),
        ),
        (PLACES, "CASEI(ACCENTI(name))=casei(accenti('CHISINAU'))", lambda f: f["name"] == "Chișinău"),
        (PLACES, "ACCENTI(name)<>accenti('Chișinău')", lambda f: f["name"] != "Chișinău"),
        (PLACES, "pop_other BETWEEN 4000000/4 AND (3*(900000+100000))", lambda f: pop(f).between(1000000, 3000000)),
        (PLACES, "pop_other IN (1000000+38288,3*1000000+13258)", lambda f: pop(f).isin([1038288, 3013258])),
    ]
    for op, compare in _COMPARE.items():
        for text, value in (
            ("1038290-2*2^0", 1038288), ("1038290-21 div 10", 1038288), ("1038200+8*11", 1038288), ("1038290-2^1", 1038288),
            ("1038283+19%7", 1038288), ("(1038288)", 1038288), ("2*519144", 1038288), ("-1*-1038288", 1038288),
        ):  # fmt: skip
            yes = met("pop_other", compare, value)
            cases += [(PLACES, f"pop_other{op}{text}", yes), (PLACES, f"{text}{_TURNED[op]}pop_other", yes)]
        cases.append((PLACES, f"pop_other*2+1{op}2076577", lambda f, c=compare: c(pop(f) * 2 + 1, 2076577)))
    return cases


@pytest.fixture(scope="module")
def frames() -> dict[str, Frame]:
    path = test_annex_a.FOLDER / "ne110m4cql2.gpkg"
    found = {name: geopandas.read_file(path, layer=name) for name in (PLACES, COUNTRIES, RIVERS)}
    for name in ("start", "end"):
        found[PLACES][name] = pd.to_datetime(found[PLACES][name], utc=True)
    found[PLACES]["date"] = pd.to_datetime(found[PLACES]["date"]).dt.date
    return found


@pytest.mark.parametrize("family", [comparisons, logic, advanced, spatial, temporal])
def test_every_shape_finds_what_pandas_finds(
    connection: Connection, layers: Layers, frames: dict[str, Frame], family: Callable[[], list[Case]]
) -> None:
    wrong: list[str] = []
    for layer, predicate, mask in family():
        wanted = int(pd.Series(mask(frames[layer])).fillna(value=False).astype(bool).sum())
        try:
            condition = compile_filter(parse_filter(predicate, "cql2-text"), layers[layer], CRS84, srid=4326)
        except WanggeError as error:
            wrong.append(f"{predicate}: {error}")
            continue
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(layer), condition.sql)
        found = connection.execute(statement, condition.values).fetchone()
        if found != (wanted,):
            wrong.append(f"{predicate}: {found} for {wanted}")
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong)


@pytest.mark.parametrize("text", ["POINT(90 180)", "MULTIPOINT(7 49,90 180)", "LINESTRING(0 0,0 99)"])
def test_a_coordinate_that_is_none_is_refused(layers: Layers, text: str) -> None:
    with pytest.raises(InvalidInput, match="beyond"):
        compile_filter(parse_filter(f"S_INTERSECTS(geom,{text})", "cql2-text"), layers[COUNTRIES], CRS84, srid=4326)
