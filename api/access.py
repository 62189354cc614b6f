"""Who is asking: roles and what they may do, and the FastAPI dependencies that ask for it. Deny by default."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from starlette.requests import Request

from api.tokens import read_token
from gis.errors import Forbidden, NotSignedIn
from gis.scope import Scope

Permission = Literal[
    "households.read",
    "households.write",
    "disputes.read",
    "disputes.write",
    "risk.rate",
    "units.write",
    "staff.read",
    "staff.write",
    "drafts.read",
    "drafts.write",
    "drafts.review",
    "drafts.publish",
    "operate",
]
_DESK = frozenset[Permission]({"households.read", "disputes.read", "disputes.write", "staff.read"})
_DRAFTS = frozenset[Permission]({"households.read", "staff.read", "drafts.read", "drafts.publish"})
ROLES: dict[str, frozenset[Permission]] = {
    "grid_staff": _DESK | frozenset[Permission]({"households.write", "risk.rate", "units.write"}),
    "mediator": _DESK,
    "dispatcher": _DESK | frozenset[Permission]({"households.write", "risk.rate", "units.write", "staff.write"}),
    "planner": _DRAFTS | frozenset[Permission]({"drafts.write"}),
    "reviewer": _DRAFTS | frozenset[Permission]({"drafts.review"}),
    "leader": frozenset[Permission]({"households.read", "disputes.read", "staff.read", "drafts.read"}),
    "operator": _DESK
    | _DRAFTS
    | frozenset[Permission](
        {"households.write", "risk.rate", "units.write", "staff.write", "drafts.write", "drafts.review", "operate"}
    ),
}
ROLE_NAMES: dict[str, tuple[str, str]] = {
    "grid_staff": ("网格员", "grid staff"),
    "mediator": ("调解员", "mediator"),
    "dispatcher": ("调度员", "dispatcher"),
    "planner": ("网格规划员", "planner"),
    "reviewer": ("网格审核员", "reviewer"),
    "leader": ("分管领导", "leader"),
    "operator": ("系统管理员", "operator"),
}


_NOTHING = frozenset[Permission]()


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of one request; ``scope`` is None for people who are not signed in."""

    scope: Scope | None
    name: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether the caller's role allows it at all (the scope says where)."""
        return self.scope is not None and permission in ROLES.get(self.scope.role, _NOTHING)

    def sees(self, permission: Permission, code: str) -> bool:
        """Whether the role allows it and the grid ``code`` lies in the caller's jurisdiction."""
        return self.scope is not None and self.may(permission) and self.scope.covers(code)

    def scope_for(self, permission: Permission) -> Scope:
        """The caller's scope.

        Raises
        ------
        NotSignedIn
            Without a token.
        Forbidden
            If the role does not allow it.
        """
        if self.scope is None:
            raise NotSignedIn
        if not self.may(permission):
            raise Forbidden(
                reason_zh=f"角色“{ROLE_NAMES[self.scope.role][0]}”没有此权限",
                reason_en=f'role "{ROLE_NAMES[self.scope.role][1]}" lacks {permission}',
            )
        return self.scope


NOBODY = Caller(None)


def caller(request: Request) -> Caller:
    """FastAPI dependency: who is asking; a wrong or expired token is an error, never anonymous access.

    Raises
    ------
    NotSignedIn
        If a token is given that is not valid.
    """
    return caller_of(request.app.state.token_key, request.headers.get("authorization", ""))


def caller_of(key: str, header: str) -> Caller:
    """Who an Authorization header names; nobody if it is empty. Raises as `caller`."""
    if not header:
        return NOBODY
    found, expires = _named(key, header)
    if time.time() >= expires:
        raise NotSignedIn
    return found


@lru_cache(maxsize=4096)
def _named(key: str, header: str) -> tuple[Caller, int]:
    """Whom a header names, and until when: its signature is checked once, as its text cannot change.

    Only callers with a right token are remembered; errors are not. A token counts until it expires, whatever becomes of
    its account: that is so with and without this memory.
    """
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn
    claims = read_token(key, token.strip())
    if claims.scope.role not in ROLES:
        raise NotSignedIn
    return Caller(claims.scope, claims.name), claims.expires


def signed_in(permission: Permission) -> Callable[[Request], Scope]:
    """Make a FastAPI dependency: the scope of a caller who has ``permission``, else 401 or 403."""

    def scope(request: Request) -> Scope:
        return caller(request).scope_for(permission)

    return scope
