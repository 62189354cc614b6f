"""Drafts: their scope, and the number that moves on with every save."""

from collections.abc import Iterator

import pytest

from boundaries.drafts import Change, open_draft, put_changes, read_draft
from gis.db import Connection, Database
from gis.errors import InvalidCode
from gis.scope import Scope

COUNTY, TOWN = "532322", "532322101"


@pytest.fixture
def store(empty_url: str) -> Iterator[Connection]:
    with Database(empty_url, size=1) as database, database.transaction(Scope((COUNTY,), "test", "operator")) as found:
        yield found


def test_a_draft_is_about_the_whole_store_or_a_part_of_it(store: Connection) -> None:
    whole, part = (open_draft(store, title="改动", author="test", scope=scope) for scope in ("", TOWN))
    assert read_draft(store, whole).scope == ""
    assert read_draft(store, part).scope == TOWN
    with pytest.raises(InvalidCode):
        open_draft(store, title="改动", author="test", scope="%")


def test_rev_moves_on_with_every_write_of_its_own_changes(store: Connection) -> None:
    mine, other = (open_draft(store, title="改动", author="test") for _ in range(2))
    revs = [read_draft(store, mine).rev]
    put_changes(store, mine, [Change(COUNTY, "put", "县"), Change(TOWN, "put", "镇")])
    revs.append(read_draft(store, mine).rev)
    put_changes(store, mine, [Change(TOWN, "put", "另一个名字")])
    revs.append(read_draft(store, mine).rev)
    store.execute("UPDATE boundaries.change SET name = '又改' WHERE draft_id = %s AND code = %s", [mine, TOWN])
    revs.append(read_draft(store, mine).rev)
    assert revs[0] == 0
    assert revs == sorted(set(revs))
    assert read_draft(store, other).rev == 0
