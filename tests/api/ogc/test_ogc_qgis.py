"""A real QGIS reads the service: all pages, x first, boxes and filters."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import shapely

from gis.settings import Settings
from tests.api.listening import listening
from tests.api.ogc.conftest import served
from tests.api.ogc.county import grids
from tests.boundaries.qgis_process import HAS_QGIS, PYTHON

CLIENT = Path(__file__).with_name("qgis_client.py")
BOX = (101.2, 24.3, 101.28, 24.38)
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not HAS_QGIS, reason="needs Debian's python3-qgis, which `wangge test --all` installs"),
]


@pytest.fixture(scope="module", params=[11, 1000])
def told(app_settings: Settings, database_url: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What QGIS says of ``grids``, of a service whose pages have at most so many items."""
    settings = app_settings.model_copy(update={"max_page": request.param})
    with served(settings, database_url) as app, listening(app, "off") as address:
        url = f"{address}/ogc"
        command = [PYTHON, "-I", str(CLIENT), url, "grids", ",".join(map(str, BOX))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def boxes(found: list[tuple[str, list[float]]]) -> dict[str, list[float]]:
    assert len({code for code, _ in found}) == len(found)
    return dict(found)


def test_qgis_reads_every_item_with_x_first(told: dict[str, Any]) -> None:
    assert told["valid"]
    assert told["version"] >= 32200
    assert told["crs"] in {"OGC:CRS84", "EPSG:4326"}  # which of them depends on its version: x is first in both
    assert told["count"] == len(grids())
    found = boxes(told["all"])
    assert set(found) == set(grids())
    for code, box in found.items():
        assert box == pytest.approx(grids()[code].bounds, abs=2e-9)
        assert 101 < box[0] < box[2] < 102
        assert 24 < box[1] < box[3] < 25


def test_qgis_knows_extent_and_types(told: dict[str, Any]) -> None:
    assert told["extent"] == pytest.approx(shapely.total_bounds(list(grids().values())), abs=1e-6)
    fields = {name: kind.lower() for name, kind in told["fields"].items()}
    assert {"code": "string", "name": "string", "parent": "string"}.items() <= fields.items()
    assert fields["level"].startswith("int")
    assert fields["area_m2"] in {"real", "double"}


def test_qgis_filters_by_box_and_property(told: dict[str, Any]) -> None:
    box = shapely.box(*BOX)
    hit = {code for code, shape in grids().items() if shapely.box(*shape.bounds).intersects(box)}
    exact = {code for code, shape in grids().items() if shape.intersects(box)}
    assert exact <= set(boxes(told["box"])) <= hit
    villages = {code for code in grids() if len(code) == 12}
    assert set(boxes(told["level 4"])) == set(boxes(told["subset"])) == villages
