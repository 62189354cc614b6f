"""Coordinates: reference systems, flipped axes, datums, and rows that lie where they cannot."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import ELLIPSOID, from_storage, parse_crs
from gis.datum import Datum, from_cgcs2000
from gis.errors import CoordinatesMisread, InvalidCrs
from gis.importer.cells import Cells
from gis.importer.county import County, resolve
from gis.importer.evidence import Reading
from gis.importer.fields import Kind
from gis.importer.files import Format
from gis.importer.mapping import map_columns
from gis.importer.places import Placed, place, reference_system
from gis.importer.table import Table
from gis.locate import Locator
from tests.gis.importer_county import SIDE, SOUTH, VILLAGES, WEST, county, households, leaves

HERE = county()


def placed(
    lon: Any,
    lat: Any,
    *,
    villages: Any = None,
    crs: str = "EPSG:4490",
    datum: Datum = "cgcs2000",
    swapped: bool = False,
) -> Placed:
    count = len(lon)
    columns: dict[str, list[Any]] = {"户主": ["示例"] * count, "lon": list(lon), "lat": list(lat)}
    if villages is not None:
        columns["村委会"] = list(villages)
    table = Table(columns, list(range(2, count + 2)), None, None, Format.CSV)
    return put(table, Reading(parse_crs(crs), datum, swapped))


def put(table: Table, reading: Reading, here: County | None = HERE) -> Placed:
    mapped = map_columns(table, Kind.HOUSEHOLDS, {})
    cells = Cells(mapped)
    found = place(mapped, cells.named(here), reading, here)
    return replace(found, findings=[*cells.findings, *found.findings])


def rules(found: Placed) -> dict[int | None, str]:
    return {finding.position: finding.rule for finding in found.findings}


PEOPLE = households()
LON, LAT = PEOPLE["经度"].to_numpy(), PEOPLE["纬度"].to_numpy()


@pytest.mark.parametrize(
    "crs", ["EPSG:4490", "EPSG:4326", "OGC:CRS84", "EPSG:3857", "EPSG:4543", "EPSG:4522", "EPSG:4542"]
)
@pytest.mark.parametrize("swapped", [False, True])
def test_reference_systems(crs: str, swapped: bool) -> None:
    x, y = from_storage(LON, LAT, crs)
    found = placed(*((y, x) if swapped else (x, y)), villages=PEOPLE["村委会"], crs=crs, swapped=swapped)
    assert not found.findings
    np.testing.assert_allclose(np.column_stack([found.lon, found.lat]), np.column_stack([LON, LAT]), atol=1e-9)
    assert found.evidence.inside == 1
    assert found.evidence.shares["cgcs2000"] == 1


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4543", "EPSG:4522", "EPSG:3857"])
def test_flipped_axes_stop_the_import(crs: str) -> None:
    x, y = from_storage(LON, LAT, crs)
    with pytest.raises(CoordinatesMisread, match="--swap-axes") as caught:
        placed(y, x, crs=crs)
    assert caught.value.exit_code == 8
    with pytest.raises(CoordinatesMisread, match="leave --swap-axes out"):
        placed(x, y, crs=crs, swapped=True)


@pytest.mark.parametrize(
    ("written", "said"),
    [("EPSG:4543", "EPSG:4490"), ("EPSG:4522", "EPSG:4543"), ("EPSG:4490", "EPSG:4543"), ("EPSG:4543", "EPSG:3857")],
)
def test_wrong_reference_system_stops_the_import(written: str, said: str) -> None:
    x, y = from_storage(LON, LAT, written)
    with pytest.raises(CoordinatesMisread, match=f"give --crs {written}"):
        placed(x, y, crs=said)
    with pytest.raises(CoordinatesMisread, match=f"give --crs {written}.*--swap-axes"):
        placed(y, x, crs=said)


@pytest.mark.parametrize("written", ["cgcs2000", "gcj02", "bd09"])
@pytest.mark.parametrize("said", ["cgcs2000", "wgs84", "gcj02", "bd09"])
def test_wrong_datum_stops_the_import(written: Datum, said: Datum) -> None:
    lon, lat = from_cgcs2000(LON, LAT, written)
    if {written, said} in ({written}, {"cgcs2000", "wgs84"}):
        found = placed(lon, lat, villages=PEOPLE["村委会"], datum=said)
        assert found.evidence.shares[written] == 1
        np.testing.assert_allclose(found.lon, LON, atol=1e-10)
        assert not found.findings
        return
    with pytest.raises(CoordinatesMisread, match=f"give --datum {written}") as caught:
        placed(lon, lat, villages=PEOPLE["村委会"], datum=said)
    assert f"--datum {written}" in caught.value.message("zh")


def test_without_villages_the_datum_stays_open() -> None:
    lon, lat = from_cgcs2000(LON, LAT, "gcj02")
    found = placed(lon, lat)
    assert found.evidence.named == 0
    assert found.evidence.shares == {}


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.3))
@settings(max_examples=30)
def test_wrong_village_names_alone_are_no_datum(seed: int, share: float) -> None:
    """However many rows name another village, they do not speak for a shift."""
    rng = np.random.default_rng(seed)
    names = [name for _, name, _ in VILLAGES.values()]
    wrong = rng.random(len(LON)) < share
    villages = np.where(wrong, rng.choice(names, len(LON)), PEOPLE["村委会"])
    assert placed(LON, LAT, villages=villages).evidence.named == len(LON)


def test_single_rows_that_are_flipped_outside_or_no_coordinates() -> None:
    lon: list[Any] = [*LON[:20], LAT[20], 103.0, "x", "", 500, 101.51]
    lat: list[Any] = [*LAT[:20], LON[20], 24.5, 24.5, 24.5, 24.5, None]
    found = placed(lon, lat)
    assert rules(found) == {
        20: "axes-flipped", 21: "outside", 22: "bad-number", 23: "no-place", 24: "bad-coordinates", 25: "no-place"
    }  # fmt: skip
    assert np.isnan(found.lon[[20, 22, 23, 24, 25]]).all()


@given(st.floats(0.01, 30), st.floats(0, 1))
@settings(max_examples=25)
def test_distance_outside(east_km: float, along: float) -> None:
    """Against the geodesic from the point to the eastern edge of the county."""
    edge, lat = WEST + 4 * SIDE, SOUTH + 0.005 + along * (4 * SIDE - 0.01)
    lon, point_lat, _ = ELLIPSOID.fwd(edge, lat, 90, east_km * 1000)
    found = placed([*LON[:3], lon], [*LAT[:3], point_lat])
    (finding,) = found.findings
    assert finding.rule == "outside"
    assert finding.size == pytest.approx(east_km * 1000, rel=2e-3)


def test_distance_from_counties_in_several_zones() -> None:
    """No single zone of projection reaches grids seven degrees apart."""
    drawn = leaves()
    drawn |= {
        code.replace("532322", "532323"): shapely.transform(g, lambda xy: xy + np.array([7, 0]))
        for code, g in leaves().items()
    }
    both = County(1, {}, drawn, Locator(list(drawn), list(drawn.values())))
    east = WEST + 4 * SIDE
    lon, lat, _ = ELLIPSOID.fwd([east, east + 7], [SOUTH + SIDE] * 2, [90, 90], [5_000, 7_000])
    found = both.distance_m(np.array([*lon, WEST + 7.01]), np.array([*lat, SOUTH + 0.01]))
    assert found == pytest.approx([5_000, 7_000, 0], rel=2e-3)


@pytest.mark.parametrize(("lon", "lat", "km"), [(0.0, 0.0, 11_000), (-179.0, -89.0, 12_700), (116.4, 39.9, 2_180)])
def test_one_point_far_away_does_not_stop_the_others(lon: float, lat: float, km: float) -> None:
    (finding,) = placed([*LON[:20], lon], [*LAT[:20], lat]).findings
    assert (finding.position, finding.rule) == (20, "outside")
    assert finding.size == pytest.approx(km * 1000, rel=0.02)


def test_points_beside_the_village_they_name() -> None:
    """Just over the border they are only told of, a kilometre away they are rejected."""
    middle = WEST + 2 * SIDE
    lon = [*LON[:50], middle + 0.001, middle + 0.02]
    lat = [*LAT[:50], SOUTH + 3 * SIDE, SOUTH + 3 * SIDE]
    found = placed(lon, lat, villages=[*PEOPLE["村委会"][:50], "和平村", "和平村委会"])
    assert rules(found) == {50: "near-village", 51: "far-from-village"}
    near, far = found.findings
    assert near.size == pytest.approx(0.001 * 101_300, rel=0.01)
    assert far.codes == ("532322101201",)
    assert "和平村民委员会" in far.reason("zh")


@pytest.mark.parametrize(
    ("village", "township", "grid", "code", "rule"),
    [
        ("和平村民委员会", "", "", "532322101201", ""),
        ("和平", "妥甸", "", "532322101201", ""),
        ("柏子村村委会", "", "", "532322101202", ""),
        ("柏子村", "", "", "532322101202", ""),
        ("䂖嘉社区", "䂖嘉镇", "", "532322104001", ""),
        ("532322104201", "", "", "532322104201", ""),
        ("和平", "", "53232210120100101", "53232210120100101", ""),
        ("没有的村", "", "", "", "unknown-village"),
        ("和平", "", "53232210120199901", "", "unknown-village"),
        ("", "", "", "", ""),
    ],
)
def test_names_of_villages(village: str, township: str, grid: str, code: str, rule: str) -> None:
    found = resolve(HERE, village, township, grid)
    assert (found.code, found.rule) == (code, rule)


def test_villages_of_one_name_need_their_township() -> None:
    twice = County(1, {**HERE.names, "532322104202": "和平村民委员会"}, HERE.leaves, HERE.locator)
    assert resolve(twice, "和平村", "", "").rule == "ambiguous-village"
    assert resolve(twice, "和平村", "䂖嘉镇", "").code == "532322104202"


def shapes(*geometries: Any) -> Table:
    given = np.array(geometries, dtype=np.object_)
    return Table({"户主": ["示例"] * len(given)}, list(range(1, len(given) + 1)), given, "EPSG:4490", Format.GPKG)


def test_geometries_of_points() -> None:
    point = shapely.Point(WEST + 0.01, SOUTH + 0.01)
    line = shapely.LineString([point, (WEST, SOUTH)])
    broken = shapely.Point(float("inf"), 1)
    found = put(
        shapes(point, shapely.MultiPoint([point]), None, shapely.Point(), line, broken), Reading(parse_crs(4490))
    )
    assert rules(found) == {2: "no-place", 3: "no-place", 4: "wrong-geometry", 5: "no-place"}
    assert found.geometry[1].equals(point)


def test_wkt() -> None:
    cells = ["POINT (101.51 24.51)", "SRID=4490; POINT Z (101.51 24.51 1800)", "POINT (101.51", "", "POINT EMPTY"]
    table = Table({"户主": ["示例"] * 5, "wkt": cells}, list(range(2, 7)), None, None, Format.CSV)
    found = put(table, Reading(parse_crs(4490)))
    assert rules(found) == {2: "bad-wkt", 3: "no-place", 4: "no-place"}
    assert found.geometry[1].wkt == "POINT (101.51 24.51)"


def test_reference_system_by_what_is_said_and_stated() -> None:
    assert reference_system(None, None).name == "EPSG:4490"
    assert reference_system("4543", "EPSG:4490").name == "EPSG:4543"
    assert reference_system(None, "EPSG:4522").name == "EPSG:4522"
    esri = (
        'PROJCS["CGCS2000_3_Degree_GK_CM_102E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
        'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
        'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
        'PARAMETER["Central_Meridian",102.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
        'UNIT["Meter",1.0]]'
    )
    assert reference_system(None, esri).name == "EPSG:4543"
    for stated in ("EPSG:2408", "EPSG:4610", 'LOCAL_CS["arbitrary"]', "nonsense"):
        with pytest.raises(InvalidCrs):
            reference_system(None, stated)
    with pytest.raises(InvalidCrs):
        reference_system("EPSG:99999", None)
