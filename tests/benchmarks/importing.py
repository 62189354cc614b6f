"""Importing 50,000 households from a GeoPackage, beside reading it and a plain COPY."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from api.publishing import publishing_job
from gis.coverage import county_codes
from gis.db import Connection, Database, connect_admin
from gis.disputes import Terms
from gis.importer.fields import Kind
from gis.importer.job import Options, check, read_file, write
from gis.scope import everything
from gis.settings import ROOT
from gis.working_days import OFFICIAL, read_calendar
from tests.benchmarks.measure import Figure, Report, check_same, ratio, side_by_side, timed
from tests.benchmarks.store import SQL, copy_in, county_url, name_of, rows
from tests.conftest import Templates

GOAL_S = 10
ROUNDS = 2
_COLUMNS = ["id", "head_name", "phone", "members", "address", "hamlet", "risk"]


def run(templates: Templates) -> Report:
    """Measure it; each round has a store with the grids and nobody in them."""
    source = county_url(templates)
    file = templates.folder / "households.gpkg"
    count = _write_file(source, file)
    wanted = rows(source, "assigned")
    bare = templates.clone("county")
    with connect_admin(bare) as connection:
        connection.execute(SQL["without_people"])
    plain = templates.clone("county")
    with connect_admin(plain) as connection:
        connection.execute(SQL["plain_tables"])
        seconds = side_by_side(
            ROUNDS,
            ours=lambda: _import(templates, bare, file, wanted),
            command=lambda: _command(templates, bare, file, wanted),
            copy=lambda: _copy(connection, file),
        )
    return Report("导入住户", f"importing {count:,} households", _figures(seconds, count))


def _figures(seconds: dict[str, list[float]], count: int) -> list[Figure]:
    def figure(name: str, zh: str, en: str, note: str = "") -> Figure:
        times = None if name == "copy" else ratio(seconds[name], seconds["copy"])
        return Figure(zh, en, median(seconds[name]), count, "rows", times, note)

    return [
        figure("ours", "读取、检查、写入、归属", "read, checked, written, assigned", f"≤ {GOAL_S} s"),
        figure("command", "整条命令 wangge import --commit", "the whole command, wangge import --commit"),
        figure("copy", "下界：pyogrio 读取并 COPY", "bound: pyogrio and COPY"),
    ]


def _write_file(source: str, file: Path) -> int:
    """The demonstration's households as a GeoPackage; returns their number."""
    frame = pd.DataFrame(rows(source, "people"), columns=[*_COLUMNS, "lon", "lat"])
    places = gpd.points_from_xy(frame.pop("lon"), frame.pop("lat"))
    gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:4490").to_file(file, driver="GPKG", engine="pyogrio")
    return len(frame)


def _import(templates: Templates, bare: str, file: Path, wanted: list[tuple[str, str]]) -> float:
    url = templates.clone(name_of(bare))
    options = Options(kind=Kind.HOUSEHOLDS, path=file)
    terms = Terms(7, read_calendar(OFFICIAL))
    with Database(url, size=2, statement_timeout_s=0) as database:

        def whole() -> None:
            mapped = read_file(options)
            with database.transaction() as connection:
                scope = everything(county_codes(connection), "bench")
            with publishing_job(database), database.transaction(scope) as connection:
                checked = check(connection, mapped, options, terms)
                write(connection, checked, scope=scope, near_border_m=15)

        seconds = timed(whole)
    check_same(rows(url, "assigned"), wanted, "assignments after the import")
    templates.drop(url)
    return seconds


def _command(templates: Templates, bare: str, file: Path, wanted: list[tuple[str, str]]) -> float:
    url = templates.clone(name_of(bare))
    own = {"PYTHONPATH": str(ROOT), "WANGGE_DATABASE_URL": url, "WANGGE_DATA": str(templates.folder)}
    command = [sys.executable, "-P", "-m", "api.cli", "import", "households", str(file), "--commit"]
    seconds = timed(lambda: subprocess.run(command, env={**os.environ, **own}, check=True, capture_output=True))
    check_same(rows(url, "assigned"), wanted, "assignments after the command")
    templates.drop(url)
    return seconds


def _copy(connection: Connection, file: Path) -> float:
    def both() -> None:
        frame = pyogrio.read_dataframe(file)
        table = pd.DataFrame(frame[_COLUMNS])
        points = shapely.set_srid(frame.geometry.to_numpy(), 4490)
        table["geom"] = shapely.to_wkb(points, hex=True, include_srid=True)
        copy_in(connection, "file_in", table.to_csv(index=False, header=False).encode())

    seconds = timed(both)
    connection.execute(SQL["empty_plain"])
    return seconds
