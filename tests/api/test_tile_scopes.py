"""Personal tiles over HTTP: whatever the jurisdiction, role and address, nothing of another's, and never in a cache."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from gis.codes import WIDTHS
from gis.db import Database
from gis.scope import Scope
from tests.examples import examples
from tests.tiles.decoded import decode, tile_at
from tests.tiles.test_scopes import RECORDS
from tiles.layers import counted_level
from tiles.matrix import CGCS2000, WEB_MERCATOR, ground_zoom

Headers = Callable[..., dict[str, str]]
Records = dict[str, tuple[str, float, float]]
FORMS = [
    "/tiles/{layer}/{place}.mvt",
    "/tiles/{tms}/{layer}/{place}.mvt",
    "/editions/1/tiles/{tms}/{layer}/{place}.mvt",
    "/tiles/{tms}/{layer},labels/{place}.mvt?edition=1",
    "/tiles/{tms}/level4,{layer}/{place}.mvt?datetime=2024-06-01",
]
ALL = Scope(("532322",), "test", "operator")


@pytest.fixture(scope="module")
def truth(database: Database) -> dict[str, Records]:
    """By layer: id → code, longitude, latitude of everything in the county."""
    with database.transaction(ALL) as connection:
        found = {layer: connection.execute(query).fetchall() for layer, query in RECORDS.items()}
    return {layer: {row[0]: row[1:] for row in rows} for layer, rows in found.items()}


SCOPES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(3, 6)), min_size=1, max_size=3)


@settings(max_examples=examples(40, 100), deadline=None)
@given(
    picks=SCOPES,
    role=st.sampled_from(["leader", "mediator", "grid_staff", "dispatcher"]),
    layer=st.sampled_from(["households", "disputes"]),
    form=st.sampled_from(FORMS),
    tms=st.sampled_from([WEB_MERCATOR, CGCS2000]),
    z=st.integers(0, 16),
    at=st.integers(0, 10**6),
    near=st.booleans(),
)
def test_no_tile_holds_a_record_outside_the_scope(
    client: TestClient, token: Headers, truth: dict[str, Records], picks: list[tuple[int, int]], role: str, layer: str,
    form: str, tms: str, z: int, at: int, near: bool,
) -> None:  # fmt: skip
    records = truth[layer]
    codes = sorted({code for code, *_ in truth["households"].values()})
    prefixes = tuple(codes[number % len(codes)][: WIDTHS[level]] for number, level in picks)
    mine = {name: record for name, record in records.items() if record[0].startswith(prefixes)}
    among = list((mine if near and mine else records).values())
    tms = tms if "{tms}" in form else WEB_MERCATOR
    _, lon, lat = among[at % len(among)]
    place = "/".join(map(str, tile_at(lon, lat, z, tms)))
    answer = client.get(form.format(layer=layer, tms=tms, place=place), headers=token(role, *prefixes))
    assert answer.status_code in {200, 204}
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in answer.headers["vary"]
    found = [feature.properties for feature in decode(answer.content).get(layer, [])]
    assert {counts["id"] for counts in found if "id" in counts} <= mine.keys()
    assert sum(counts.get("count", 1) for counts in found) <= len(mine)
    level = counted_level(ground_zoom(tms, z))
    for counts in found:
        if level is not None:
            assert counts["count"] == sum(code.startswith(counts["code"]) for code, *_ in mine.values())


def _rate(database: Database, household: str, level: str) -> None:
    with database.transaction(ALL) as connection:
        connection.execute(
            "UPDATE gis.risk_rating SET ended_at = now() WHERE household_id = %s AND ended_at IS NULL", [household]
        )
        connection.execute(
            """INSERT INTO gis.risk_rating (household_id, level, reason, rated_by, rated_at)
               VALUES (%s, %s, '示例', 'test', now())""",
            [household, level],
        )


@pytest.mark.parametrize("z", [8, 11, 13, 15])
def test_the_etag_is_that_of_the_data_and_the_scope(
    client: TestClient, token: Headers, database: Database, truth: dict[str, Records], z: int
) -> None:
    household, (code, lon, lat) = next(iter(truth["households"].items()))
    path = f"/tiles/households/{'/'.join(map(str, tile_at(lon, lat, z)))}.mvt"

    def etag(*scope: str) -> str:
        return client.get(path, headers=token("leader", *scope)).headers["etag"]

    _rate(database, household, "red")
    whole, grid = etag(), etag(code)
    assert (etag(), etag(code)) == (whole, grid)
    assert whole != grid
    known = token("leader", code) | {"If-None-Match": whole}
    assert client.get(path, headers=known).status_code == 200  # not the other's tile
    _rate(database, household, "yellow")
    assert etag() != whole
    assert etag(code) != grid
    assert client.get(path, headers=token("leader") | {"If-None-Match": whole}).status_code == 200
