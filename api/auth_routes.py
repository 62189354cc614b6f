"""Sign-in with a local account."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import ROLE_NAMES, ROLES, Caller, caller
from api.accounts import sign_in
from api.service import Service, service
from api.tokens import make_token
from gis.errors import NotSignedIn

router = APIRouter(prefix="/auth", tags=["sign-in"])


class Credentials(BaseModel):
    """User name and password of a local account."""

    username: str = Field(max_length=64)
    password: str = Field(max_length=256)


@router.post("/token")
def token(request: Request, given: Credentials, here: Annotated[Service, Depends(service)]) -> Response:
    """A signed token for a user name and password; it ends by itself."""
    with here.database.transaction() as connection:
        scope, name = sign_in(connection, given.username, given.password)
    text, expires = make_token(request.app.state.token_key, scope, name=name, hours=here.settings.token_hours)
    body = {
        "access_token": text,
        "token_type": "Bearer",
        "expires_at": expires.isoformat(timespec="seconds"),
        "name": name,
        "username": scope.actor,
        "role": scope.role,
        "permissions": sorted(ROLES[scope.role]),
        "scope": list(scope.prefixes),
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/me")
def me(who: Annotated[Caller, Depends(caller)]) -> dict[str, Any]:
    """Who the token says you are."""
    if who.scope is None:
        raise NotSignedIn
    zh, en = ROLE_NAMES[who.scope.role]
    return {
        "username": who.scope.actor,
        "name": who.name,
        "role": who.scope.role,
        "role_zh": zh,
        "role_en": en,
        "scope": list(who.scope.prefixes),
    }
