"""Loads the demonstration: counties as a first edition, their people, and a local account for each role."""

from pathlib import Path

from api.demo_accounts import make_accounts
from api.publishing import publish
from api.store import Begin
from boundaries.drafts import Change, list_drafts, open_draft, put_changes
from gis.coverage import current_edition
from gis.db import Connection, Database
from gis.demo import DemoCounty, build
from gis.demo.store import FIRST_DAY, write_disputes, write_people
from gis.errors import Conflict
from gis.scope import everything
from tiles.crew import Crew

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

    def disputes(connection: Connection, edition: int) -> None:
        for county in counties:
            write_disputes(connection, county, edition=edition)

    with Crew() as crew:
        crew.start()  # which takes as long as what comes before the tiles
        draft, codes, counties = _prepared(database, data, begin, scale, unfinished)
        share = begin(
            "发布版本 1：归属、十联户、瓦片、纠纷", "publishing edition 1: assignments, units, tiles, disputes"
        )
        publish(
            database,
            draft,
            valid_from=FIRST_DAY,
            actor=ACTOR,
            counties=codes,
            progress=share,
            before_activation=disputes,
            crew=crew,
        )


def _prepared(
    database: Database, data: Path, begin: Begin, scale: int, unfinished: list[int]
) -> tuple[int, list[str], list[DemoCounty]]:
    """Make the counties and store all that comes before a publication; the draft, codes, counties."""
    share = begin("生成演示县", "making the demonstration county")
    counties: list[DemoCounty] = []
    for number in range(scale):
        counties.append(build(county=number))
        share((number + 1) / scale)
    codes = [county.code for county in counties]
    make_accounts(database, data, codes[0])
    draft = unfinished[0] if unfinished else _store(database, counties, begin)
    return draft, codes, counties


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
