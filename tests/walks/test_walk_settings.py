"""A setting is changed while people work: the service takes it over and loses no request."""

import json
import threading
import time
from collections.abc import Callable

from gis.settings import SETTINGS_FILE
from tests.walks.conftest import Running

_SOON_S = 60


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + _SOON_S
    while not true():
        assert time.monotonic() < until, "the change did not show"
        time.sleep(0.2)


def test_changed_settings_show_without_a_restart(server: Running) -> None:
    file = server.folder / SETTINGS_FILE
    answered, stop, parent = list[int](), threading.Event(), server.process.pid

    def ask() -> None:
        while not stop.is_set():
            answered.append(server.get("/ogc/collections/grids/items?limit=5")[0])

    def maximum() -> int:
        return server.json("/ogc/openapi")["components"]["parameters"]["limit"]["schema"]["maximum"]

    def front() -> str:
        """What pygeoapi's generated configuration makes of it."""
        return server.json("/ogc/collections?f=json")["links"][0]["href"]

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        file.write_text("WANGGE_MAX_PAGE=7\nWANGGE_PUBLIC_URL=https://grid.example\n", encoding="utf-8")
        _until(lambda: all(maximum() == 7 and front().startswith("https://grid.example/ogc") for _ in range(10)))
        page = server.json("/ogc/collections/grids/items?limit=100&f=json")
        assert (page["numberReturned"], page["limit"]) == (7, {"asked": 100, "maximum": 7})
        file.write_text("WANGGE_MAX_PAGE=many\nWANGGE_DATABSE_URL=postgresql://a:hush@b/c\n", encoding="utf-8")
        log = server.folder / "server.log"
        _until(lambda: "the settings file is not right" in log.read_text(encoding="utf-8"))
        assert "hush" not in log.read_text(encoding="utf-8")  # what is mistyped may be a password
        assert maximum() == 7
    finally:
        file.unlink()
        _until(lambda: all(maximum() == 10_000 for _ in range(10)))
        stop.set()
        asking.join()
    assert (server.process.pid, server.process.poll()) == (parent, None)
    assert set(answered) == {200}
    assert json.dumps(server.json("/ogc/collections?f=json")).count("grid.example") == 0
