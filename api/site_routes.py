"""What the web pages need to know first, the editions, and the state of the service."""

import os
import shutil
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.accounts import demo_accounts
from api.counting import TALLY
from api.service import Service, service
from boundaries.waiting import waiting_draft
from gis.coverage import list_editions
from gis.db import load_queries
from gis.errors import DatabaseUnavailable, NotReady
from gis.settings import ROOT

_SQL = load_queries(ROOT / "api" / "site.sql")
NOTICE_ZH = "演示数据：网格界线与人员均为程序合成，编码与名称取自公开统计代码，不代表真实边界和个人。"
NOTICE_EN = (
    "Demonstration data: boundaries and people are synthetic; codes and names are the public statistical ones."
    " Nothing here shows a real border or a real person."
)

router = APIRouter(tags=["site"])
Here = Annotated[Service, Depends(service)]


@router.get("/site")
def site(here: Here) -> dict[str, Any]:
    """Name, extent, edition and notices of the county served: what a page shows first."""
    edition = here.coverage().edition
    settings = here.settings
    drawn = here.tiles.redraws.now
    with here.database.transaction() as connection:
        code, name, center, bounds = connection.execute(_SQL["county"], [edition.number]).fetchone() or (
            "",
            "",
            None,
            None,
        )
        accounts = demo_accounts(connection)
        since = min(one.valid_from for one in list_editions(connection))
    return {
        "code": code,
        "name_zh": name,
        "name_en": NAMES_EN.get(code, name),
        "center": center,
        "bounds": bounds,
        "edition": edition.number,
        "rev": drawn.rev if drawn is not None and drawn.edition == edition.number else None,
        "valid_from": edition.valid_from.isoformat(),
        "since": since.isoformat(),
        "synthetic": edition.synthetic,
        "notice_zh": NOTICE_ZH if edition.synthetic else "",
        "notice_en": NOTICE_EN if edition.synthetic else "",
        "basemap": {"url": settings.basemap_url, "attribution": settings.basemap_attribution}
        if settings.basemap_url
        else None,
        "review_required": settings.review_required,
        "demo_accounts": [{"username": a.username, "role": a.role, "scope": list(a.scope)} for a in accounts],
        "lang": settings.lang,
    }


NAMES_EN = {"532322": "Shuangbai County"}


@router.get("/editions")
def editions(here: Here) -> dict[str, Any]:
    """All published editions, newest first."""
    with here.database.transaction() as connection:
        found = list_editions(connection)
    return {
        "editions": [
            {
                "number": e.number,
                "state": e.state,
                "valid_from": e.valid_from.isoformat(),
                "title": e.title,
                "synthetic": e.synthetic,
            }
            for e in found
        ]
    }


@router.get("/health", tags=["operations"])
async def health() -> dict[str, str]:
    """Whether this process answers at all."""
    return {"status": "ok"}


@router.get("/ready", tags=["operations"])
def ready(here: Here) -> Response:
    """Whether the service can do its work: database, a published edition, disk."""
    checks: dict[str, Any] = {"disk_free_mb": shutil.disk_usage(here.settings.data.parent).free // 2**20}
    try:
        with here.database.transaction() as connection:
            waits = waiting_draft(connection)
        checks["database"] = "ok"
        checks["waiting"] = (
            None if waits is None else {"draft": waits.draft, "valid_from": waits.valid_from.isoformat()}
        )
        checks["edition"] = here.coverage().edition.number
    except DatabaseUnavailable:
        checks["database"] = "unavailable"
    except NotReady:
        checks["edition"] = None
    good = checks.get("database") == "ok" and checks.get("edition") is not None
    body = {"status": "ready" if good else "not ready", **checks}
    return JSONResponse(body, 200 if good else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", tags=["operations"], include_in_schema=False)
async def metrics() -> Response:
    """Counters of all workers in the Prometheus text format; those of other workers may be a second old."""
    TALLY.flush()
    return await run_in_threadpool(_metrics)


def _metrics() -> Response:
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
