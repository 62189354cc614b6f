"""Old codes in bulk: what each has become, as JSON or as the CSV that was sent with columns added."""

import csv
import io
from collections import Counter
from email.message import Message
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller, caller
from api.bodies import Body, Here, Word
from api.params import parse_day
from api.service import Service
from gis.code_files import answers, code_column, free_names
from gis.errors import InvalidInput, TooLarge
from gis.recode import KINDS, Question, Recoded, Weights, recode

router = APIRouter(tags=["grids"])
_SYSTEM = Query(description="code system of the codes, such as mca; the service's own by default")
_FROM = Query(alias="from", description="date or number of the edition that the codes are of")
_TO = Query(description="date or number of the edition wanted; the current one by default")
_COLUMN = Query(description="CSV: the column that holds the codes")
_EXPLODE = Query(description="CSV: a row for each heir instead of the heaviest only")


class Codes(Body):
    """Codes to be turned into those of another edition."""

    codes: list[str]


async def raw_body(request: Request) -> bytes:
    """FastAPI dependency: the body as it came."""
    return await request.body()


@router.post(
    "/grids/recode",
    response_model=None,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "as the codes came"}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": Codes.model_json_schema(),
                    "examples": {"codes": {"value": {"codes": ["53232210120200701", "532322101"]}}},
                },
                "text/csv": {},  # any text is one: no schema can be broken
            },
        }
    },
)
def recode_many(
    request: Request,
    body: Annotated[bytes, Depends(raw_body)],
    here: Here,
    who: Annotated[Caller, Depends(caller)],
    system: Annotated[Word | None, _SYSTEM] = None,
    first: Annotated[Word | None, _FROM] = None,
    to: Annotated[Word | None, _TO] = None,
    weights: Weights = "area",
    column: Annotated[Word | None, _COLUMN] = None,
    explode: Annotated[bool, _EXPLODE] = False,
) -> Response:
    """What old codes have become, with weights: JSON `{"codes": […]}`, or CSV with one column of codes.

    A code that is unknown is answered with the reason and does not stop the others. Weights by households are told
    where they give away no small count, else weights by area.
    """
    question = Question(
        system=system,
        first=None if first is None else edition_of(here, first, "from"),
        last=here.current() if to is None else edition_of(here, to, "to"),
        weights=weights,
        sees=lambda code: who.sees("households.read", code),
        k=here.settings.suppress_below,
    )
    kind, charset = _content(request)
    if kind == "text/csv":
        answer = _csv(here, body, charset, question, column, explode=explode)
        media_type = "text/csv; charset=utf-8"
    elif kind == "application/json":
        answer, media_type = _json(here, body, question), "application/json"
    else:
        raise InvalidInput(
            field="Content-Type",
            reason_zh="应为 application/json 或 text/csv",
            reason_en="must be application/json or text/csv",
        )
    headers = {"Wangge-Edition": str(question.last), "Cache-Control": "no-store"}
    return Response(answer, 200, headers, media_type)


def edition_of(here: Service, text: str, field: str) -> int:
    """The edition that a text names: by its number, or the one valid on a day.

    Raises
    ------
    InvalidInput, NotFound
    """
    if text.isascii() and text.isdigit():
        return here.edition(min(int(text), 2**31 - 1)).number
    return here.edition_number(parse_day(text, field))


def _content(request: Request) -> tuple[str, str]:
    header = Message()
    header["Content-Type"] = request.headers.get("content-type", "application/json")
    return header.get_content_type(), str(header.get_param("charset", "utf-8"))


def _recode(here: Service, texts: list[str], question: Question) -> dict[str, Recoded]:
    most = here.settings.max_points
    if len(texts) > most:
        raise TooLarge(what="codes", limit=most)
    with here.database.transaction() as connection:
        return recode(connection, texts, question)


def _json(here: Service, body: bytes, question: Question) -> bytes:
    try:
        texts = Codes.model_validate_json(body).codes
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from error
    found = _recode(here, texts, question)
    counted = Counter(found[text].kind for text in texts)
    return orjson.dumps(
        {
            "edition": question.last,
            "from": question.first,
            "counts": {kind: counted[kind] for kind in KINDS if counted[kind]},
            "codes": [{"code": text, **_told(found[text])} for text in texts],
        }
    )


def _told(answer: Recoded) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": answer.kind,
        "to": [{"code": heir.code, "name": heir.name, "weight": heir.weight} for heir in answer.heirs],
    }
    if answer.reason is not None:
        told["reason_zh"], told["reason_en"] = answer.reason
    return told


def _csv(here: Service, body: bytes, charset: str, question: Question, column: str | None, *, explode: bool) -> bytes:
    rows, mark = _rows(body, charset)
    header = [name.strip() for name in rows[0]]
    place = header.index(code_column(header, column))
    table = [[*row, *[""] * (len(header) - len(row))][: len(header)] for row in rows[1:]]
    texts = [row[place] for row in table]
    places, added = answers(texts, _recode(here, texts, question), explode=explode)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*header, *free_names(header).values()])
    writer.writerows([*table[i], *cells] for i, cells in zip(places, zip(*added.values(), strict=True), strict=True))
    return (mark + text.getvalue()).encode()


def _rows(body: bytes, charset: str) -> tuple[list[list[str]], str]:
    """The rows of a CSV without empty ones, and its byte order mark, which the answer has if the question had."""
    try:
        text = body.decode(charset)
        rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) if any(row)]
    except (LookupError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(
            field="body", reason_zh=f"无法读取 CSV：{error}", reason_en=f"no readable CSV: {error}"
        ) from error
    if not rows:
        raise InvalidInput(field="body", reason_zh="没有内容", reason_en="is empty")
    return rows, "\ufeff" if text.startswith("\ufeff") else ""
