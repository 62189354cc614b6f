"""Files are made while they are read: in blocks, of one state of the data, and no longer once nobody takes them."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.responses import Response

from api.ogc.collections import COLLECTIONS
from api.ogc.context import Asked
from api.ogc.downloads import answer, arrow, files, reading, texts
from api.ogc.downloads.answer import Download
from api.ogc.downloads.formats import DOWNLOADS
from api.ogc.downloads.reading import Reading, Row, Table
from api.ogc.model import Collection, Field, Text
from api.ogc.parameters import ItemsQuery
from api.service import Service
from gis.coverage import read_edition
from gis.crs import KNOWN
from gis.db import Database, connect_admin
from gis.errors import StorageFull, TooLong, WanggeError
from gis.scope import Scope
from gis.settings import Settings
from tests.api.ogc.county import people
from tests.examples import examples

CRS84 = KNOWN["OGC:CRS84"]
SCOPE = Scope(("532322",), "test", "grid_staff")


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """A service with a single connection: whoever keeps it is found out."""
    with Database(database_url, size=1, statement_timeout_s=20) as database:
        yield Service(Settings(data=tmp_path, database_url=SecretStr(database_url)), database)


def table(name: str = "households") -> Table:
    chosen = COLLECTIONS[name]
    return Table(chosen, chosen.fields, shapes=True, crs=CRS84, edition=2, notice="")


def rows_of(here: Service, name: str = "households") -> Reading:
    with here.database.transaction() as connection:
        edition = read_edition(connection, 2)
    asked = Asked(here, SCOPE, edition, date(2026, 1, 1))
    return Reading(asked, table(name), ItemsQuery(), DOWNLOADS["geojson"], limit=None)


def test_a_change_in_the_middle_is_not_in_the_file(
    here: Service, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BLOCK", 10)
    blocks = rows_of(here).blocks()
    first = next(blocks)
    assert len(first) == 10
    with connect_admin(database_url) as admin:
        admin.execute("UPDATE gis.household SET head_name = 'changed'")
    rest = [row for block in blocks for row in block]
    assert len(first) + len(rest) == len(people())
    assert "changed" not in {row[1] for row in rest}
    assert {row[1] for block in rows_of(here).blocks() for row in block} == {"changed"}


def test_a_reader_that_turns_away_gives_the_connection_back(here: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BLOCK", 10)
    blocks = rows_of(here).blocks()
    next(blocks)
    blocks.close()
    assert sum(map(len, rows_of(here).blocks())) == len(people())


def test_a_stopped_statement_ends_at_once(here: Service, database_url: str) -> None:
    found = rows_of(here)
    ended: list[Exception] = []

    def read() -> None:
        try:
            list(found.blocks())
        except WanggeError as error:
            ended.append(error)

    with connect_admin(database_url, autocommit=False) as admin:
        admin.execute("LOCK TABLE gis.household IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=read)
        thread.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gis.household'::regclass"
        while admin.execute(waits).fetchone() == (0,):
            time.sleep(0.01)
        found.stop()
        thread.join(timeout=10)
        assert not thread.is_alive()
        assert [type(error) for error in ended] == [TooLong]


def test_nothing_is_read_after_a_stop(here: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BLOCK", 10)
    found = rows_of(here)
    blocks = found.blocks()
    next(blocks)
    found.stop()
    assert len([*blocks]) <= 1
    assert sum(map(len, rows_of(here).blocks())) == len(people())


# --- writers -----------------------------------------------------------------------------------------------

FLAG = Field("flag", "boolean", Text("", ""))
MOMENT = Field("moment", "string", Text("", ""), format="date-time")
DAY = Field("day", "string", Text("", ""), format="date")
NUMBER = Field("number", "number", Text("", ""))
NAME = Field("name", "string", Text("", ""))
FIELDS = (NAME, FLAG, MOMENT, DAY, NUMBER)
MIXED = Collection("mixed", Text("混合", "Mixed"), Text("", ""), "mixed", "point", "uuid", FIELDS)
MIXED_TABLE = Table(MIXED, FIELDS, shapes=True, crs=CRS84, edition=1, notice="")


def words() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40) | st.sampled_from(
        ["䂖嘉", '"', "a,b", "=1+1", "'", " x ", "\r\n", "😀"]
    )


def cells() -> st.SearchStrategy[Row]:
    finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
    moments = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    degrees = st.tuples(st.floats(101, 102), st.floats(24, 25)).map(lambda xy: shapely.to_wkb(shapely.Point(xy)))
    return st.tuples(
        words(),
        st.none() | words(),
        st.none() | st.booleans(),
        st.none() | moments.map(lambda one: one.replace(microsecond=0)),
        st.none() | st.dates(date(1950, 1, 1), date(2100, 1, 1)),
        st.none() | finite,
        degrees,
    )


@pytest.mark.parametrize("name", ["gpkg", "fgb", "parquet"])
@settings(max_examples=examples(10, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cells(), min_size=1, max_size=4), min_size=1, max_size=3))
def test_every_value_survives(tmp_path: Path, name: str, blocks: list[list[Row]]) -> None:
    write = {"gpkg": files.geopackage, "fgb": files.flatgeobuf}.get(name)
    pieces = arrow.parquet(MIXED_TABLE, blocks) if write is None else write(MIXED_TABLE, blocks, tmp_path)
    path = tmp_path / f"x.{name}"
    path.write_bytes(b"".join(pieces))
    frame = geopandas.read_parquet(path) if name == "parquet" else geopandas.read_file(path, use_arrow=True)
    wanted = [row for block in blocks for row in block]
    for place, column in enumerate(["id", "name", "flag", "moment", "day", "number"]):
        got = [None if value is None or value != value else value for value in frame[column].astype(object)]  # noqa: PLR0124
        assert [_plain(value) for value in got] == [_plain(row[place]) for row in wanted]
    assert [shapely.to_wkb(point) for point in frame.geometry] == [row[-1] for row in wanted]


def _plain(value: Any) -> Any:
    """Days as days, moments as moments, whichever class a library has for them."""
    if hasattr(value, "to_pydatetime"):
        value = None if str(value) == "NaT" else value.to_pydatetime()
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.date()
    return value


@pytest.mark.parametrize("name", ["geojson", "csv", "parquet"])
def test_what_is_read_is_written_before_more_is_read(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(arrow, "_ROW_GROUP", 100)
    group = 2 if name == "parquet" else 1  # blocks
    read: list[int] = []

    def blocks() -> Generator[list[Row]]:
        for number in range(20):
            read.append(number)
            place = shapely.to_wkb(shapely.Point(101, 24)) if name == "parquet" else '{"type":"Point"}'
            yield [(f"{number}", "x" * 100, True, datetime.now(UTC), date(2023, 1, 1), 1.5, place)] * 50

    write = {"geojson": texts.geojson, "csv": texts.as_csv, "parquet": arrow.parquet}[name]
    for count, _ in enumerate(write(MIXED_TABLE, blocks())):
        assert len(read) <= group * (count + 1)


def test_an_error_in_the_rows_passes_through_gdal_as_it_is(tmp_path: Path) -> None:
    def blocks() -> Generator[list[Row]]:
        yield [("1", None, None, None, None, None, shapely.to_wkb(shapely.Point(101, 24)))]
        raise TooLong(detail="slow")

    for write in (files.geopackage, files.flatgeobuf, files.shapefile):
        with pytest.raises(TooLong):
            list(write(MIXED_TABLE, blocks(), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_folders_of_killed_processes_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "download-old").mkdir()
    monkeypatch.setattr(files, "_OLD_S", -1)
    assert b"".join(files.flatgeobuf(MIXED_TABLE, [], tmp_path))
    assert list(tmp_path.iterdir()) == []


# --- answers -----------------------------------------------------------------------------------------------


class Client:
    """The other end of a connection."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone, self.busy = asyncio.Event(), asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if len(self.sent) == 10:
            self.busy.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def complete(self) -> bool:
        return self.sent[-1]["type"] == "http.response.body" and not self.sent[-1].get("more_body", False)


def serve(
    tmp_path: Path, pieces: Generator[bytes], stop: Callable[[], None], during: Callable[[Client], Any]
) -> Client:
    async def run() -> Client:
        client = Client()
        download = Download(pieces, stop=stop, folder=tmp_path, whole=Response, told={"X-Told": "1"})
        serving = asyncio.ensure_future(download({"type": "http", "method": "GET"}, client.receive, client.send))
        await during(client)
        await asyncio.wait_for(serving, 20)
        return client

    return asyncio.run(run())


async def _nothing(_: Client) -> None:
    pass


def test_a_long_answer_comes_whole_and_in_order(tmp_path: Path) -> None:
    wanted = [bytes([number % 251]) * 100_000 for number in range(120)]
    client = serve(tmp_path, (piece for piece in wanted), lambda: None, _nothing)
    assert client.body == b"".join(wanted)
    assert client.complete
    assert client.sent[0]["headers"] == [(b"x-told", b"1")]


def test_a_client_that_goes_away_ends_the_making(tmp_path: Path) -> None:
    made, stopped = [0], threading.Event()

    def endless() -> Generator[bytes]:
        while not stopped.is_set():
            made[0] += 1
            yield b"x" * 100_000
            time.sleep(0.001)

    async def leave(client: Client) -> None:
        await client.busy.wait()
        client.gone.set()

    client = serve(tmp_path, endless(), stopped.set, leave)
    assert stopped.is_set()
    assert not client.complete
    assert list(tmp_path.iterdir()) == []


def test_a_fault_is_an_answer_of_its_own_as_long_as_nothing_is_sent(tmp_path: Path) -> None:
    def broken(size: int) -> Generator[bytes]:
        yield b"x" * size
        time.sleep(0.3 if size > answer.HELD else 0)  # so that sending begins
        raise StorageFull(detail="full")

    with pytest.raises(StorageFull):
        serve(tmp_path, broken(1000), lambda: None, _nothing)
    client = serve(tmp_path, broken(answer.HELD + 1), lambda: None, _nothing)
    assert client.sent[0]["status"] == 200
    assert not client.complete  # the server closes such a connection: the client knows that something is missing


def test_a_closed_connection_stops_the_query(
    live: str, database_url: str, token: Callable[..., dict[str, str]]
) -> None:
    told = token("grid_staff")["Authorization"]
    place = urlsplit(live)
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gis.household'::regclass"
    with connect_admin(database_url, autocommit=False) as admin:
        admin.execute("LOCK TABLE gis.household IN ACCESS EXCLUSIVE MODE")
        with socket.create_connection((str(place.hostname), int(place.port or 80))) as client:
            path = f"{place.path}/collections/households/items.fgb"
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {told}\r\n\r\n".encode())
            _until(lambda: admin.execute(waiting).fetchone() == (1,))
        _until(lambda: admin.execute(waiting).fetchone() == (0,))


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
