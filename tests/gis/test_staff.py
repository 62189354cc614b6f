"""Grid staff, their posts, and the centres."""

from datetime import date

import pytest

from gis.centres import centre_for, change_centre, get_centre, list_centres
from gis.db import Connection, Database
from gis.errors import Conflict, Forbidden, InvalidInput, NotFound
from gis.scope import Scope
from gis.staff import add_person, assign, change_person, get_person, list_staff, relieve, serving

COUNTY = Scope(("532322",), "test", "dispatcher")
VILLAGE = Scope(("532322101202",), "x", "dispatcher")
GRID = "53232210120200701"


def newcomer(connection: Connection, grid: str = GRID, since: date | None = None) -> int:
    return add_person(
        connection,
        COUNTY,
        name="示例·新来者",
        phone="00011112222",
        employment="part_time",
        grid=grid,
        role="grid_staff",
        since=since,
    )


def test_everyone_of_the_roster(connection: Connection) -> None:
    assert list_staff(connection, COUNTY, employment="full_time", limit=1).total == 9
    first = list_staff(connection, COUNTY, grid="532322101", limit=50)
    people, page = [*first.rows], first
    while page.next:
        page = list_staff(connection, COUNTY, grid="532322101", limit=50, cursor=page.next)
        people += page.rows
    assert len({one.id for one in people}) == len(people) == first.total
    assert all(post.grid.startswith("532322101") for one in people for post in one.posts)


def test_lists_stay_inside(connection: Connection) -> None:
    page = list_staff(connection, VILLAGE, limit=500)
    assert all(post.grid.startswith("532322101202") for one in page.rows for post in one.posts)
    with pytest.raises(Forbidden):
        list_staff(connection, VILLAGE, grid="532322101203")
    for cursor in ("WyItMSJd", "WyI5OTk5OTk5OTk5OTkiXQ"):
        with pytest.raises(InvalidInput):
            list_staff(connection, COUNTY, cursor=cursor)


def test_a_newcomer_serves_until_relieved(connection: Connection) -> None:
    number = newcomer(connection, since=date(2024, 3, 1))
    assert "示例·新来者" in {one.name for one in serving(connection, GRID)}
    assert "示例·新来者" not in {one.name for one in serving(connection, GRID, date(2024, 2, 29))}
    (post,) = get_person(connection, COUNTY, number).posts
    relieve(connection, COUNTY, number, post.id, until=date(2024, 6, 1))
    assert "示例·新来者" in {one.name for one in serving(connection, GRID, date(2024, 5, 31))}
    assert "示例·新来者" not in {one.name for one in serving(connection, GRID, date(2024, 6, 1))}
    with pytest.raises(Conflict):
        relieve(connection, COUNTY, number, post.id)
    assert get_person(connection, COUNTY, number).posts[0].until == date(2024, 6, 1)


def test_posts(connection: Connection) -> None:
    number = newcomer(connection)
    second = assign(connection, COUNTY, number, grid="532322101202", role="mediator", since=date(2025, 1, 1))
    with pytest.raises(Conflict):
        assign(connection, COUNTY, number, grid=GRID, role="grid_staff")
    with pytest.raises(NotFound):
        assign(connection, COUNTY, number, grid="53232210120299901", role="grid_staff")
    with pytest.raises(NotFound):
        assign(connection, COUNTY, 2**31 - 1, grid=GRID, role="grid_staff")
    with pytest.raises(InvalidInput):
        relieve(connection, COUNTY, number, second, until=date(2024, 12, 31))
    with pytest.raises(NotFound):
        relieve(connection, COUNTY, number, 2**31 - 1)


def test_people_are_changed_by_their_own_jurisdiction(connection: Connection) -> None:
    number = newcomer(connection)
    change_person(connection, VILLAGE, number, phone="00033334444")
    assert get_person(connection, COUNTY, number).phone == "00033334444"
    assert get_person(connection, COUNTY, number).name == "示例·新来者"
    stranger = Scope(("532322203",), "x", "dispatcher")
    with pytest.raises(NotFound):
        change_person(connection, stranger, number, name="x")
    with pytest.raises(NotFound):
        get_person(connection, stranger, number)
    with pytest.raises(NotFound):
        relieve(connection, stranger, number, get_person(connection, COUNTY, number).posts[0].id)
    with pytest.raises(Forbidden):
        add_person(connection, stranger, name="x", phone=None, employment="part_time", grid=GRID, role="x")


def test_centres(connection: Connection) -> None:
    assert len(list_centres(connection)) == 94
    township = list_centres(connection, "532322101")
    assert len(township) == 1 + 19
    village = centre_for(connection, GRID)
    assert village is not None
    assert village.grid == "532322101202"
    assert centre_for(connection, "999999") is None
    with pytest.raises(NotFound):
        get_centre(connection, 2**31 - 1)


def test_centres_are_changed_by_their_own_jurisdiction(connection: Connection) -> None:
    (centre,) = list_centres(connection, "532322101202")
    change_centre(connection, VILLAGE, centre.id, phone="00055556666")
    assert get_centre(connection, centre.id).phone == "00055556666"
    assert get_centre(connection, centre.id).name == centre.name
    (other,) = list_centres(connection, "532322101203")
    with pytest.raises(Forbidden):
        change_centre(connection, VILLAGE, other.id, phone="00055556666")


def test_the_store_agrees_without_a_scope(database: Database) -> None:
    """Rosters and centres are no personal tables: their contact is told by whom the routes let."""
    with database.transaction() as connection:
        assert serving(connection, GRID)
