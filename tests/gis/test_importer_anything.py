"""Whatever stands in the cells: every row is written or told of, and nothing else happens."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.db import Connection
from gis.errors import CheckFailed, CoordinatesMisread
from gis.importer.fields import FIELDS, Kind
from gis.importer.files import Format
from gis.importer.findings import write_findings
from gis.importer.job import Options, changes, check, write
from gis.importer.mapping import map_columns
from gis.importer.rejects import write_rejects
from gis.importer.table import Table
from tests.gis.importer_county import SCOPE, SIDE, SOUTH, WEST, square
from tests.gis.importer_job import TERMS

lon, lat = (st.floats(origin - 0.02, origin + 4 * SIDE + 0.02) for origin in (WEST, SOUTH))
words = (
    "", "示例", "红", "是", "专职", "邻里纠纷", "532322101201", "53232210120100101", "和平村", "2023-05-01", "0001-01-01",
    "9999-12-31 23:59", "1e300", "-1", "0", "3", "POINT (101.55 24.55)", "\x00", "NaN", "inf", "=1", "2023-05-01T00:00+14:00",
)  # fmt: skip
texts = st.one_of(st.text(max_size=8), st.sampled_from(words))
SQUARES = [square(column, row).wkt for column in (0, 0.5, 1, 3) for row in (0, 0.5, 1, 3)]
LINES = [f"LINESTRING ({x} {y}, {x + 0.05} {y})" for x in (101.5, 101.58, 104) for y in (24.5, 24.55, 30)]
numbers = st.one_of(st.none(), st.integers(-(2**70), 2**70), st.floats(), st.booleans())


@st.composite
def tables(draw: st.DrawFn, kind: Kind) -> Table:
    count = draw(st.integers(1, 6))
    columns: dict[str, list[Any]] = {}
    for field in FIELDS[kind]:
        if field.name not in {"lon", "lat", "wkt"} and (field.required or draw(st.booleans())):
            columns[field.name] = draw(st.lists(st.one_of(texts, numbers), min_size=count, max_size=count))
    if kind is Kind.GRIDS:
        columns["wkt"] = draw(st.lists(st.one_of(st.sampled_from(SQUARES), texts), min_size=count, max_size=count))
    elif kind is Kind.BARRIERS:
        columns["wkt"] = draw(st.lists(st.one_of(st.sampled_from(LINES), texts), min_size=count, max_size=count))
    elif kind not in {Kind.STAFF, Kind.UNITS}:
        columns["lon"] = draw(st.lists(st.one_of(lon, lon, lon, texts), min_size=count, max_size=count))
        columns["lat"] = draw(st.lists(st.one_of(lat, lat, lat, texts), min_size=count, max_size=count))
    return Table(columns, list(range(2, count + 2)), None, None, Format.CSV)


def every_row_is_accounted_for(work: Connection, table: Table, kind: Kind, folder: Path) -> None:
    options = Options(kind=kind, path=folder, allocate=True)
    with work.transaction(force_rollback=True):
        try:
            checked = check(work, map_columns(table, kind, {}), options, TERMS)
        except CoordinatesMisread:
            return
        assert sorted(checked.accepted + checked.rejected) == list(range(len(table)))
        told = {finding.position for finding in checked.findings if finding.severity == "error"}
        assert set(checked.rejected) <= told
        write_findings(checked.findings, table.rows, folder / "f.gpkg")
        write_rejects(table, checked.rejected, checked.findings, folder / "r.csv")
        try:
            if kind is Kind.GRIDS:
                changes(checked, accept_valid=True)
            else:
                written = write(work, checked, scope=SCOPE, near_border_m=15, accept_valid=True)
                if kind not in {Kind.UNITS, Kind.BARRIERS}:  # which write changes only, and lines of the county only
                    assert max(written.values()) >= len(checked.accepted)
        except CheckFailed:
            assert not checked.accepted


def trial(kind: Kind) -> Any:
    @given(tables(kind))
    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    def test(work: Connection, tmp_path: Path, table: Table) -> None:
        every_row_is_accounted_for(work, table, kind, tmp_path)

    return test


test_grids = trial(Kind.GRIDS)
test_households = trial(Kind.HOUSEHOLDS)
test_disputes = trial(Kind.DISPUTES)
test_staff = trial(Kind.STAFF)
test_barriers = trial(Kind.BARRIERS)
test_units = trial(Kind.UNITS)
