"""Loads the demonstration: counties as a first edition, their people, and a local account for each role."""

import json
import os
import secrets
from pathlib import Path

from gis.demo.store import FIRST_DAY, write_disputes, write_people

from api.accounts import Account, save_account
from api.publishing import publish
from api.store import Begin
from boundaries.drafts import Change, list_drafts, open_draft, put_changes
from gis.coverage import current_edition
from gis.db import Connection, Database
from gis.demo import DemoCounty, build
from gis.errors import Conflict
from gis.scope import everything

ACTOR = "demo"


def load_demo(database: Database, data: Path, begin: Begin, *, scale: int = 1) -> None:
    """Fill an empty store with ``scale`` demonstration counties and publish them as edition 1.

    After a crash it goes on where it stopped: people and draft are written together, disputes with the activation.

    Raises
    ------
    Conflict
        If something is published already.
    """
    with database.transaction() as connection:
        if current_edition(connection) is not None:
            raise Conflict(
                reason_zh="库中已有数据，演示数据只能装入空库",
                reason_en="the store is not empty; the demo needs an empty one",
            )
        unfinished = [draft.id for draft in list_drafts(connection) if draft.author == ACTOR]
    share = begin("生成演示县", "making the demonstration county")
    counties: list[DemoCounty] = []
    for number in range(scale):
        counties.append(build(county=number))
        share((number + 1) / scale)
    codes = [county.code for county in counties]
    make_accounts(database, data, codes[0])
    draft = unfinished[0] if unfinished else _store(database, counties, begin)

    def disputes(connection: Connection, edition: int) -> None:
        for county in counties:
            write_disputes(connection, county, edition=edition)

    share = begin("发布版本 1：归属、十联户、瓦片、纠纷", "publishing edition 1: assignments, units, tiles, disputes")
    publish(
        database, draft, valid_from=FIRST_DAY, actor=ACTOR, counties=codes, progress=share, before_activation=disputes
    )


def _store(database: Database, counties: list[DemoCounty], begin: Begin) -> int:
    """Write the people and a draft of the grids in one transaction; returns the draft."""
    share = begin("写入户、网格员和综治中心", "storing households, staff and centres")
    title = "演示县初版" if len(counties) == 1 else f"演示县初版（{len(counties)} 个县）"
    with database.transaction(everything([county.code for county in counties], ACTOR)) as connection:
        draft = open_draft(connection, title=title, author=ACTOR, synthetic=True)
        for number, county in enumerate(counties):
            put_changes(connection, draft, _changes(county))
            write_people(connection, county)
            share((number + 1) / len(counties))
    return draft


def _changes(county: DemoCounty) -> list[Change]:
    outlines = dict(zip(county.leaves["code"], county.leaves.geometry, strict=True))
    return [Change(str(code), "put", str(name), outlines.get(code)) for code, name in county.names.items()]


def make_accounts(database: Database, data: Path, county: str) -> dict[str, str]:
    """A local account for each role with a new random password; the passwords by user name are kept in ``data``."""
    accounts = [
        Account("wanggeyuan", "演示网格员", "grid_staff", (f"{county}101202",)),
        Account("tiaojieyuan", "演示调解员", "mediator", (f"{county}101",)),
        Account("diaoduyuan", "演示调度员", "dispatcher", (county,)),
        Account("guihuayuan", "演示规划员", "planner", (county,)),
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
