"""Errors over HTTP: one table from error to status, one body (problem+json, RFC 9457), Chinese and English."""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.reasons import reason
from gis import errors

log = logging.getLogger("wangge.problems")
ErrorPage = Callable[[Request, Mapping[str, Any], errors.Lang], Response | None]
"""A page that tells a problem; None if the request is not that of a person."""

STATUS: dict[type[errors.WanggeError], int] = {
    errors.NotFound: 404,
    errors.NotSignedIn: 401,
    errors.Forbidden: 403,
    errors.NotAcceptable: 406,
    errors.TooLarge: 413,
    errors.UnsupportedType: 415,
    errors.TooSlow: 408,
    errors.InvalidInput: 400,
    errors.PreconditionFailed: 412,
    errors.Conflict: 409,
    errors.CheckFailed: 422,
    errors.DatabaseUnavailable: 503,
    errors.NotReady: 503,
    errors.TooManyStreams: 503,
    errors.TooLong: 503,
    errors.StorageFull: 507,
    errors.WanggeError: 500,
}


_TEXT = {"type": "string"}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Not done: the reason in both languages (RFC 9457)",
        "content": {
            "application/problem+json": {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "code", "detail", "detail_zh", "detail_en"],
                    "properties": {
                        "status": {"type": "integer"},
                        **dict.fromkeys(("type", "title", "code", "detail", "detail_zh", "detail_en"), _TEXT),
                    },
                }
            }
        },
    }
}
"""How the API description tells errors: any address may answer with one."""


def status_of(error: errors.WanggeError) -> int:
    """The HTTP status of an error: that of its nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def language(request: Request) -> errors.Lang:
    """The reader's language: ``lang`` in the query, else Accept-Language, else the service's default."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return language_of(asked, request.app.state.service.settings.lang)


def language_of(asked: str, default: errors.Lang) -> errors.Lang:
    """The first language of a list, as Accept-Language has it, that there is."""
    for part in asked.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return default


def problem(request: Request, error: errors.WanggeError) -> Response:
    """The answer that tells an error."""
    status = status_of(error)
    body = _body(status, error.code, error.message("zh"), error.message("en"), language(request))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status == 503:
        headers["Retry-After"] = "2"
    return _response(request, body, headers)


def _body(status: int, code: str, zh: str, en: str, lang: errors.Lang) -> dict[str, Any]:
    return {
        "type": f"urn:wangge:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": zh if lang == "zh" else en,
        "detail_zh": zh,
        "detail_en": en,
    }


def _response(request: Request, body: dict[str, Any], headers: dict[str, str]) -> Response:
    """The problem as a page where the application has one for this request (`ErrorPage`), else as JSON."""
    tell: ErrorPage | None = request.app.state.error_page
    page = None if tell is None else tell(request, body, language(request))
    if page is not None:
        page.headers.update(headers)
        return page
    told = {"Cache-Control": "no-store", "Vary": "Accept-Language", **headers}
    return JSONResponse(body, body["status"], told, "application/problem+json")


def _first_reason(found: Sequence[Any]) -> tuple[str, tuple[str, str]]:
    first = found[0] if found else {}
    where = ".".join(str(part) for part in first.get("loc", ())[1:]) or "body"
    return where, reason(first)


def _route(request: Request) -> str:
    """The template of the request's address: the address itself may name a person's record."""
    return str(getattr(request.scope.get("route"), "path", "other"))


def install(app: FastAPI, page: ErrorPage | None = None) -> None:
    """Tell every error of the app as a problem, or as the page that ``page`` makes of it."""
    app.state.error_page = page

    async def known(request: Request, error: Exception) -> Response:
        if not isinstance(error, errors.WanggeError):
            raise error
        if status_of(error) >= 500:
            log.warning("request failed", extra={"route": _route(request), "reason": error.message("en")})
        return problem(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        found: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
        field, (zh, en) = _first_reason(found)
        return problem(request, errors.InvalidInput(field=field, reason_zh=zh, reason_en=en))

    async def by_status(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        zh = {404: "没有这个地址", 405: "此地址不支持该方法"}.get(status, "请求无法处理")
        en = {404: "There is no such address", 405: "This address does not take that method"}.get(
            status, "The request cannot be handled"
        )
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        return _response(request, _body(status, f"http-{status}", zh, en, language(request)), headers)

    async def unknown(request: Request, error: Exception) -> Response:
        log.error("unexpected error", exc_info=error, extra={"route": _route(request)})
        return problem(request, errors.WanggeError(detail=type(error).__name__))

    app.add_exception_handler(errors.WanggeError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, by_status)
    app.add_exception_handler(Exception, unknown)
