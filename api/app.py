"""The ASGI application of one worker."""

import logging.config
import os
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends
from fastapi.middleware.cors import CORSMiddleware

from api import (
    auth_routes,
    change_routes,
    dispute_routes,
    draft_items_routes,
    draft_judging_routes,
    draft_ogc_routes,
    draft_preview_routes,
    draft_review_routes,
    draft_routes,
    event_routes,
    grid_routes,
    household_routes,
    locate_many_routes,
    locate_routes,
    net_routes,
    openapi_routes,
    page_routes,
    problems,
    recode_routes,
    site_routes,
    staff_routes,
    statistics_routes,
    tile_routes,
    unit_pdf_routes,
    unit_routes,
    webhook_routes,
)
from api.announcements import Announcements
from api.counting import TALLY
from api.direct import Application
from api.due import watch_days
from api.event_routes import ended_by_signals
from api.items_direct import ItemsDirect
from api.locate_direct import LocateDirect
from api.logs import configuration
from api.middleware import HeadAsGet, LimitedBody, Measured
from api.ogc import routes as ogc_routes
from api.ogc.error_page import error_page
from api.ogc.frames import Frames
from api.ogc.memory import Memory
from api.params import known_parameters
from api.request_log import REQUEST_LOG
from api.service import Service
from api.tile_direct import TileDirect
from api.tokens import token_key
from api.webhooks import watch_webhooks
from gis.cluster import database_url
from gis.db import Database
from gis.settings import Settings, settings

VERSION = "0.1.0"
DESCRIPTION = (
    "The geospatial service of a county's coded governance grid: grids, tiles, look-ups, disputes and figures."
)


def create_app(using: Settings | None = None, conninfo: str | None = None) -> Application:
    """Make the application; settings from the environment unless given.

    Raises
    ------
    SetupNeeded
        If no database is set up.
    """
    chosen = using or settings()
    logging.config.dictConfig(configuration(chosen.log_level, os.environ.get("WANGGE_LOG_FILE")))
    database = Database(
        conninfo or database_url(chosen), size=chosen.pool_size, statement_timeout_s=chosen.statement_timeout_s
    )
    service = Service(chosen, database)
    cors: dict[str, Any] = {
        "allow_origins": chosen.cors_origins,
        "allow_methods": ["*"],
        "allow_headers": ["Authorization", "Content-Crs", "Content-Type", "If-Match", "If-None-Match"],
        "expose_headers": ["ETag", "Content-Crs", "Location", "Wangge-Edition"],
    }
    app = Application(
        cors=cors,
        title="网格 wangge",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=_lifespan,
        responses=problems.RESPONSES,
        openapi_url=None,  # it comes in two languages, see `openapi_routes`
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.state.announcements = Announcements(service)
    app.state.token_key = token_key(chosen.data)
    problems.install(app, error_page)
    app.include_router(page_routes.reader_router)
    for module in (
        site_routes,
        openapi_routes,
        event_routes,
        auth_routes,
        locate_routes,
        locate_many_routes,
        recode_routes,
        grid_routes,
        unit_pdf_routes,
        unit_routes,
        net_routes,
        change_routes,
        statistics_routes,
        dispute_routes,
        household_routes,
        staff_routes,
        draft_routes,
        draft_items_routes,
        draft_ogc_routes,
        draft_judging_routes,
        draft_preview_routes,
        draft_review_routes,
        webhook_routes,
        tile_routes,
    ):
        app.include_router(module.router, dependencies=[Depends(known_parameters)])
    app.include_router(ogc_routes.router)  # checks parameters itself: they depend on the collection
    app.include_router(page_routes.router)
    page_routes.mount_assets(app)
    app.add_middleware(LimitedBody, limit=chosen.max_body_bytes, streams=locate_many_routes.streams)
    app.add_middleware(CORSMiddleware, **cors)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Measured)
    app.direct("/locate", LocateDirect(service, app.state.token_key))
    app.state.tile_direct = TileDirect(service)
    app.state.ogc_frames = Frames(service)
    app.state.ogc_memory = Memory(service, app.state.ogc_frames)
    app.direct("/ogc", ItemsDirect(service, app.state.ogc_frames, app.state.ogc_memory, app.state.token_key))
    for start in ("/tiles", "/editions"):
        app.direct(start, app.state.tile_direct)
    return app


@asynccontextmanager
async def _lifespan(app: Application) -> AsyncGenerator[None]:
    """Follow publications while the worker runs; close connections at its end."""
    service: Service = app.state.service
    announcements: Announcements = app.state.announcements
    announcements.open()
    stop = threading.Event()
    watcher = threading.Thread(target=service.watch, args=(stop,), name="editions", daemon=True)
    watcher.start()
    threading.Thread(target=watch_days, args=(service.database, stop), name="days", daemon=True).start()
    told = {"private": service.settings.webhooks_private}
    threading.Thread(
        target=watch_webhooks, args=(service.database, stop), kwargs=told, name="webhooks", daemon=True
    ).start()
    try:
        with ended_by_signals(announcements.close):
            yield
    finally:
        stop.set()
        TALLY.flush()
        REQUEST_LOG.flush()
        service.people.close()
        app.state.ogc_memory.close()
        service.database.close()
