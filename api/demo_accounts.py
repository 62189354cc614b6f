"""The demonstration's local accounts, one for each role, and where their passwords are kept."""

import json
import os
import secrets
from pathlib import Path

from api.accounts import Account, save_account
from gis.db import Database


def make_accounts(database: Database, data: Path, county: str) -> dict[str, str]:
    """A local account for each role with a new random password; the passwords by user name are kept in ``data``."""
    accounts = [
        Account("wanggeyuan", "演示网格员", "grid_staff", (f"{county}101202",)),
        Account("tiaojieyuan", "演示调解员", "mediator", (f"{county}101",)),
        Account("diaoduyuan", "演示调度员", "dispatcher", (county,)),
        Account("guihuayuan", "演示规划员", "planner", (county,)),
        Account("shenheyuan", "演示审核员", "reviewer", (county,)),
        Account("lingdao", "演示分管领导", "leader", (county,)),
        Account("guanliyuan", "演示管理员", "operator", (county,)),
    ]
    passwords = {account.username: secrets.token_urlsafe(9) for account in accounts}
    with database.transaction() as connection:
        for account in accounts:
            save_account(connection, account, passwords[account.username], demo=True)
    _keep(data / "secret" / "demo-accounts.json", passwords)
    return passwords


def _keep(path: Path, passwords: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(passwords, file)


def kept_passwords(data: Path) -> dict[str, str]:
    """The passwords of the demo's accounts by user name; empty if they are not kept here."""
    try:
        return json.loads((data / "secret" / "demo-accounts.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
