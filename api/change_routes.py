"""The feed of changes: what editions did to grids, page by page from where the reader stopped."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.bodies import Here, Limit
from api.shapes import moment
from gis.changes import GridChanged, changes_since
from gis.codes import level_of
from gis.errors import InvalidInput

router = APIRouter(tags=["grids"])
_CURSOR = re.compile(r"(\d{1,9})(?::(\d{6,17}))?")


@router.get("/changes")
def changes(
    here: Here,
    response: Response,
    limit: Limit,
    since: Annotated[str, Query(max_length=40, description="`next` of the page before, or an edition known")] = "0",
) -> dict[str, Any]:
    """Grids created, changed and retired since an edition, as CloudEvents; ask again from `next`, also at the end."""
    match = _CURSOR.fullmatch(since)
    if match is None:
        raise InvalidInput(field="since", reason_zh="应为版本号或上一页的 next", reason_en="an edition, or next")
    edition, code = int(match[1]), match[2] or "~"  # an edition that is known is known whole
    with here.database.transaction() as connection:
        found = changes_since(connection, edition, code, limit=limit)
    response.headers["Cache-Control"] = "no-cache"
    return {
        "events": [_event(one) for one in found],
        "next": f"{found[-1].edition}:{found[-1].code}" if found else since,
    }


def _event(one: GridChanged) -> dict[str, Any]:
    """A change as a CloudEvent (CloudEvents 1.0, JSON format)."""
    return {
        "specversion": "1.0",
        "id": f"{one.edition}:{one.code}",
        "source": "/changes",
        "type": f"wangge.grid.{one.kind}",
        "subject": one.code,
        "time": moment(one.activated_at),
        "datacontenttype": "application/json",
        "data": {
            "code": one.code,
            "level": level_of(one.code),
            "name": one.name,
            "edition": one.edition,
            "valid_from": one.valid_from.isoformat(),
            "went_to": [{"code": code, "area_share": share} for code, share in one.went_to.items()],
        },
    }
