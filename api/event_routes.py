"""What map clients are told while they are open: which edition is current, how its units are drawn, which tiles changed."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.announcements import Announcements
from api.middleware import HEAD_ONLY

router = APIRouter(tags=["site"])
MEDIA = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Neither caches nor a proxy in front may hold events back; the second is nginx's name for it."""


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {MEDIA: {"schema": {"type": "string"}}}, "description": "events, until either side ends"}
    },
)
async def events(
    request: Request,
    since: Annotated[int | None, Query(ge=1, description="edition that the client has")] = None,
    rev: Annotated[
        int | None, Query(ge=1, lt=2**63, description="how the units of that edition were drawn, as an event told it")
    ] = None,
    last_event_id: Annotated[str | None, Header(description="as EventSource sends it; stronger than since")] = None,
) -> Response:
    """Server-sent events: `edition` whenever another edition is current, `units` whenever units are drawn again in it.

    `data` is `{"edition": 7, "base": 6, "changed": {"WebMercatorQuad": {"8": [[200, 109]], …}, …}}`. The first event
    comes at once and tells the changes since the edition that the client has. A row of two numbers is a tile (column,
    row), one of four a box of tiles (first column, first row, last column, last row); `"all"` instead of the sets means
    that any tile may have changed. `id` is the edition's number, so that a client that was cut off is told all it missed.

    Units change by hand within an edition: `units` tells `{"edition": 7, "rev": 61532, "changed": …}` in the same form, once
    the tiles have them. `rev` grows; a tile asked for with `?rev=61532` has units at least as new, whichever worker answers.
    """
    told: Announcements = request.app.state.announcements
    if last_event_id is not None and last_event_id.isdecimal() and len(last_event_id) < 10:
        since = int(last_event_id)
    current = await told.start(since, rev)
    if request.scope.get(HEAD_ONLY):
        return Response(headers=HEADERS, media_type=MEDIA)
    return StreamingResponse(told.stream(since, current, rev), headers=HEADERS, media_type=MEDIA)


@contextmanager
def ended_by_signals(end: Callable[[], None]) -> Generator[None]:
    """Call ``end`` as soon as the process is asked to stop, before the server waits for open answers to end.

    The server's own handlers still run. Outside of the main thread (a server inside a test) there are no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def asked(number: int, frame: FrameType | None) -> None:
        end()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in before:
        signal.signal(number, asked)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
