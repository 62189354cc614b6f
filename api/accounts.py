"""Local accounts: passwords (scrypt, RFC 7914) and sign-in."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gis.db import Connection, load_queries
from gis.errors import SignInFailed
from gis.scope import Scope

_SQL = load_queries(Path(__file__).with_name("accounts.sql"))
_COST = {"n": 2**14, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class Account:
    """A local account."""

    username: str
    name: str
    role: str
    scope: tuple[str, ...]


def hash_password(password: str) -> str:
    """A salted scrypt hash as ``scrypt$salt$key`` in hexadecimal."""
    salt = secrets.token_bytes(16)
    key = hashlib.scrypt(password.encode(), salt=salt, **_COST)
    return f"scrypt${salt.hex()}${key.hex()}"


def matches(password: str, stored: str) -> bool:
    """Whether the password belongs to the hash, compared in constant time."""
    _, salt, key = stored.split("$")
    given = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), **_COST)
    return hmac.compare_digest(given, bytes.fromhex(key))


_NOBODY = hash_password(secrets.token_urlsafe())


def sign_in(connection: Connection, username: str, password: str) -> tuple[Scope, str]:
    """The scope and name of an account whose password is right.

    Raises
    ------
    SignInFailed
        Otherwise; it takes as long for an unknown name as for a wrong password.
    """
    row = connection.execute(_SQL["account"], [username]).fetchone()
    right = matches(password, row[0] if row else _NOBODY)
    if row is None or not right:
        raise SignInFailed
    return Scope(tuple(row[3]), username, row[2]), row[1]


def save_account(connection: Connection, account: Account, password: str, *, demo: bool = False) -> None:
    """Add an account or replace it."""
    connection.execute(
        _SQL["save"],
        [account.username, hash_password(password), account.name, account.role, list(account.scope), demo],
    )


def demo_accounts(connection: Connection) -> Sequence[Account]:
    """The accounts of the demonstration, by name."""
    return [Account(u, n, r, tuple(s)) for u, n, r, s in connection.execute(_SQL["demo"])]
