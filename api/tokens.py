"""Signed tokens (JWT, RFC 7519, HMAC-SHA-256) and the key they are signed with."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from gis.errors import NotSignedIn, WanggeError
from gis.file_lock import alone
from gis.scope import Scope
from gis.secret_files import write_secret

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
        with alone(path.with_suffix(".lock")):
            if not _holds_a_key(path):
                write_secret(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def _holds_a_key(path: Path) -> bool:
    """A full disk may have left an empty file."""
    return path.exists() and path.stat().st_size > 0


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
