"""What people would write in an hour: a bare "hello" as the bound, FastAPI with a look-up in PostGIS, constant bytes.

``python -m tests.benchmarks.rivals hello|postgis|constant`` serves one on ``WANGGE_PORT`` with the service's server
settings.
"""

import os
import sys
import zipfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.protocol import CarefulProtocol
from tests.benchmarks.store import SQL

_HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"5")]


async def hello(scope: Scope, _receive: Receive, send: Send) -> None:
    """Five bytes, whatever is asked."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b"hello"})


def constant() -> ASGIApp:
    """Bytes from memory for each path of the archive ``BENCH_BODIES``, as gzip: the bound for tiles on this server."""
    with zipfile.ZipFile(os.environ["BENCH_BODIES"]) as archive:
        bodies = {name: archive.read(name) for name in archive.namelist()}
    heads = {
        name: [
            (b"content-type", b"application/vnd.mapbox-vector-tile"),
            (b"content-encoding", b"gzip"),
            (b"content-length", b"%d" % len(body)),
        ]
        for name, body in bodies.items()
    }

    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            name = scope["path"]
            await send({"type": "http.response.start", "status": 200, "headers": heads[name]})
            await send({"type": "http.response.body", "body": bodies[name]})

    return answer


def postgis() -> FastAPI:
    """A route that asks the database for the grid of a point, without blocking, over prepared statements."""
    pool = AsyncConnectionPool(os.environ["WANGGE_DATABASE_URL"], min_size=4, max_size=4, open=False)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncGenerator[None]:
        async with pool:
            yield

    app = FastAPI(lifespan=life)

    async def locate(lon: float, lat: float) -> dict[str, Any]:
        async with pool.connection() as connection:
            cursor = await connection.execute(SQL["rival"], {"lon": lon, "lat": lat}, prepare=True)
            row = await cursor.fetchone()
        return {"code": row[0], "name": row[1]} if row else {"code": None, "name": None}

    app.get("/locate")(locate)
    return app


if __name__ == "__main__":
    name = sys.argv[1]
    uvicorn.run(
        f"tests.benchmarks.rivals:{name}",
        factory=name != "hello",
        workers=2 if name == "constant" else 1,
        port=int(os.environ["WANGGE_PORT"]),
        http=CarefulProtocol,
        ws="none",
        lifespan="auto" if name == "postgis" else "off",
        timeout_worker_healthcheck=60,
        log_level="error",
        access_log=False,
        server_header=False,
    )
