"""An import from a table of rows, in the transaction of a test."""

from pathlib import Path
from typing import Any

import pandas as pd

from gis.db import Connection
from gis.disputes import Terms
from gis.importer.fields import Kind
from gis.importer.job import Checked, Options, check, read_file, write
from gis.working_days import WorkingCalendar
from tests.gis.importer_county import SCOPE

TERMS = Terms(7, WorkingCalendar({}))
TABLES = ("household", "assignment", "risk_rating", "hamlet", "unit", "dispute", "dispute_event", "staff", "staff_post")


def run(connection: Connection, kind: Kind, table: pd.DataFrame, folder: Path, **options: Any) -> Checked:
    path = folder / "in.csv"
    table.to_csv(path, index=False, encoding="utf-8-sig")
    chosen = Options(kind=kind, path=path, **options)
    return check(connection, read_file(chosen), chosen, TERMS)


def put(connection: Connection, checked: Checked, **options: Any) -> dict[str, int]:
    return write(connection, checked, scope=SCOPE, near_border_m=15, **options)


def told(checked: Checked) -> list[tuple[int | None, str]]:
    return [(finding.position, finding.rule) for finding in checked.findings]


def sizes(connection: Connection) -> dict[str, int]:
    counts = connection.execute(
        "SELECT 'household', count(*) FROM gis.household UNION ALL SELECT 'assignment', count(*) FROM gis.assignment "
        "UNION ALL SELECT 'risk_rating', count(*) FROM gis.risk_rating UNION ALL SELECT 'hamlet', count(*) FROM gis.hamlet "
        "UNION ALL SELECT 'unit', count(*) FROM gis.unit UNION ALL SELECT 'dispute', count(*) FROM gis.dispute "
        "UNION ALL SELECT 'dispute_event', count(*) FROM gis.dispute_event UNION ALL SELECT 'staff', count(*) FROM gis.staff "
        "UNION ALL SELECT 'staff_post', count(*) FROM gis.staff_post"
    ).fetchall()
    return dict(counts)


NOTHING = dict.fromkeys(TABLES, 0)
