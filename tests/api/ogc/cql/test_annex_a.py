"""Predicates of the abstract tests of CQL2 (OGC 21-065r2, annex A) over the standard's own layers, with their counts.

The folder in ``WANGGE_CQL2_DATA`` holds ``predicates.tsv`` (conformance class, other class needed, layer, predicate,
count) and the layers in ``ne110m4cql2.gpkg``.
"""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import pyogrio
import pytest
from psycopg import sql
from pyogrio.raw import read

from api.ogc.context import CRS84
from api.ogc.cql.compile import compile_filter
from api.ogc.cql.parse import parse_filter
from api.ogc.cql.terms import Kind, Term
from gis.db import Connection, connect_admin
from tests.conftest import Templates

FOLDER = Path(os.environ.get("WANGGE_CQL2_DATA", "absent"))
_TYPES: dict[str, tuple[LiteralString, Kind]] = {
    "bool": ("boolean", "boolean"),
    "int64": ("bigint", "number"),
    "float64": ("double precision", "number"),
    "datetime64[D]": ("date", "date"),
    "datetime64[ms]": ("timestamptz", "timestamp"),
    "object": ("text", "text"),
}
ERRATA = {
    "ACCENTI(name) LIKE accenti('Ch%')": 3,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))": 1,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))": 1,
}
"""Counts that annex A has wrong (ogcapi-features issue 1011): Chicago has no s, and Chișinău begins with Ch too."""
Layers = dict[str, dict[str, Term]]

pytestmark = pytest.mark.skipif(
    not (FOLDER / "predicates.tsv").is_file(), reason="WANGGE_CQL2_DATA names no folder with the standard's predicates"
)


def predicates() -> list[tuple[str, str, int]]:
    """Layer, predicate and expected count."""
    if not (FOLDER / "predicates.tsv").is_file():
        return []
    with (FOLDER / "predicates.tsv").open(encoding="utf-8", newline="") as file:
        return [(row[2], row[3], int(row[4])) for row in csv.reader(file, delimiter="\t")]


@pytest.fixture(scope="module")
def connection(templates: Templates) -> Iterator[Connection]:
    url = templates.clone(templates.empty())
    with connect_admin(url) as connection:
        yield connection
    templates.drop(url)


@pytest.fixture(scope="module")
def layers(connection: Connection) -> Layers:
    """The layers as tables; their columns as what filters may name."""
    path = FOLDER / "ne110m4cql2.gpkg"
    return {str(name): load(connection, str(name), path) for name, _ in pyogrio.list_layers(path)}


def load(connection: Connection, layer: str, path: Path) -> dict[str, Term]:
    """Write one layer into a table of its name; moments without a zone are UTC."""
    meta, _, shapes, columns = read(path, layer=layer, datetime_as_string=True)
    kinds = {str(name): _TYPES[str(kind)] for name, kind in zip(meta["fields"], meta["dtypes"], strict=True)}
    kinds["geom"] = ("geometry", "geometry")
    table = sql.Identifier(layer)
    parts = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, (kind, _) in kinds.items()]
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join(parts)))
    places = sql.SQL(", ").join([sql.Placeholder()] * len(columns) + [sql.SQL("ST_GeomFromWKB(%s, 4326)")])
    insert = sql.SQL("INSERT INTO {} VALUES ({})").format(table, places)
    for row in zip(*columns, shapes, strict=True):
        given = zip(row, kinds.values(), strict=True)
        connection.execute(insert, [plain(value, kind) for value, (_, kind) in given])
    return {name: Term(sql.Identifier(name), kind) for name, (_, kind) in kinds.items()}


def plain(value: Any, kind: Kind) -> Any:
    """A value as the database driver takes it."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is how a missing boolean comes
        return None
    if kind == "timestamp":
        return f"{value}Z"
    return bool(value) if kind == "boolean" else getattr(value, "item", lambda: value)()


@pytest.mark.parametrize(("layer", "predicate", "count"), predicates())
def test_predicate_finds_as_many_as_the_standard_says(
    connection: Connection, layers: Layers, layer: str, predicate: str, count: int
) -> None:
    condition = compile_filter(parse_filter(predicate, "cql2-text"), layers[layer], CRS84, srid=4326)
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(layer), condition.sql)
    assert connection.execute(statement, condition.values).fetchone() == (ERRATA.get(predicate, count),)
