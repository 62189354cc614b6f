"""Signed tokens (JWT, RFC 7519, HMAC-SHA-256) and the key they are signed with."""

import fcntl
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from gis.errors import NotSignedIn, WanggeError
from gis.scope import Scope

ISSUER = "wangge"
ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says; ``expires`` in seconds since 1970."""

    scope: Scope
    name: str
    expires: int


def token_key(data: Path) -> str:
    """The signing key of this installation; made on first use, readable by its owner only.

    Workers ask for it at the same moment: one makes it, and none ever sees a file without a key.
    """
    path = data / "secret" / "token.key"
    if not _holds_a_key(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if not _holds_a_key(path):
                _write_key(path)
        finally:
            os.close(folder)
    return path.read_text(encoding="ascii").strip()


def _holds_a_key(path: Path) -> bool:
    """A full disk may have left an empty file."""
    return path.exists() and path.stat().st_size > 0


def _write_key(path: Path) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    draft.replace(path)


def make_token(key: str, scope: Scope, *, name: str, hours: float) -> tuple[str, datetime]:
    """Sign a token; returns it with the time it expires (UTC)."""
    now = datetime.now(UTC)
    expires = now + timedelta(hours=hours)
    claims = {
        "iss": ISSUER,
        "sub": scope.actor,
        "name": name,
        "role": scope.role,
        "scope": list(scope.prefixes),
        "iat": now,
        "exp": expires,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM), expires


def read_token(key: str, token: str) -> Claims:
    """Check a token and return what it says.

    Raises
    ------
    NotSignedIn
        If it is malformed, signed by someone else, expired, or its scope is not valid.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "iss", "sub", "role", "scope"]},
        )
        prefixes = tuple(str(prefix) for prefix in claims["scope"])
        return Claims(
            Scope(prefixes, str(claims["sub"]), str(claims["role"])), str(claims.get("name", "")), int(claims["exp"])
        )
    except (jwt.InvalidTokenError, WanggeError, TypeError) as error:
        raise NotSignedIn from error
