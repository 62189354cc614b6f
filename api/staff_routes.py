"""Grid staff with their posts, for those signed in; the centres' offices, for everybody."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.access import signed_in
from api.bodies import Body, Cursor, Day, GridCode, Here, Limit, Line, Phone
from api.service import Service
from api.shapes import private
from gis.centres import Centre, change_centre, get_centre, list_centres
from gis.scope import Scope
from gis.staff import (
    Employment,
    Person,
    Post,
    add_person,
    assign,
    change_person,
    get_person,
    list_staff,
    relieve,
)

router = APIRouter(tags=["staff"])
Reader = Annotated[Scope, Depends(signed_in("staff.read"))]
Writer = Annotated[Scope, Depends(signed_in("staff.write"))]
Number = Annotated[int, Path(ge=1, lt=2**31)]
PRIVATE = [Depends(private)]


class NewPost(Body):
    """A role in a grid, from a day on (today if not given)."""

    grid: GridCode
    role: Line
    since: Day | None = None


class NewPerson(NewPost):
    """A person and their first post."""

    name: Line
    phone: Phone | None = None
    employment: Employment


class PersonChange(Body):
    """What is to be changed of a person; what is left out stays."""

    name: Line | None = None
    phone: Phone | None = None
    employment: Employment | None = None


class CentreChange(Body):
    """What is to be changed of a centre; what is left out stays."""

    name: Line | None = None
    phone: Phone | None = None


@router.get("/staff", dependencies=PRIVATE)
def staff(
    here: Here,
    scope: Reader,
    limit: Limit,
    grid: GridCode | None = None,
    employment: Employment | None = None,
    on: Annotated[Day | None, Query(description="day on which a post is held, today by default")] = None,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Who serves in a grid or below it (in the whole jurisdiction without one), page by page."""
    with here.database.transaction(scope) as connection:
        page = list_staff(connection, scope, grid=grid, employment=employment, day=on, limit=limit, cursor=cursor)
    return {"staff": [_person(one) for one in page.rows], "total": page.total, "next": page.next}


@router.get("/staff/{staff_id}", dependencies=PRIVATE)
def person(staff_id: Number, here: Here, scope: Reader) -> dict[str, Any]:
    """One person with all posts inside the jurisdiction."""
    return _detail(here, scope, staff_id)


@router.post("/staff", status_code=201, dependencies=PRIVATE)
def post_person(given: NewPerson, response: Response, here: Here, scope: Writer) -> dict[str, Any]:
    """Add a person with a first post."""
    with here.database.transaction(scope) as connection:
        number = add_person(connection, scope, **given.model_dump())
    response.headers["Location"] = f"/staff/{number}"
    return _detail(here, scope, number)


@router.patch("/staff/{staff_id}", dependencies=PRIVATE)
def patch_person(staff_id: Number, given: PersonChange, here: Here, scope: Writer) -> dict[str, Any]:
    """Change a person's particulars."""
    with here.database.transaction(scope) as connection:
        change_person(connection, scope, staff_id, **given.model_dump())
    return _detail(here, scope, staff_id)


@router.post("/staff/{staff_id}/posts", status_code=201, dependencies=PRIVATE)
def post_post(staff_id: Number, given: NewPost, here: Here, scope: Writer) -> dict[str, Any]:
    """Give a person a post."""
    with here.database.transaction(scope) as connection:
        assign(connection, scope, staff_id, **given.model_dump())
    return _detail(here, scope, staff_id)


@router.delete("/staff/{staff_id}/posts/{post_id}", dependencies=PRIVATE)
def delete_post(
    staff_id: Number,
    post_id: Number,
    here: Here,
    scope: Writer,
    until: Annotated[Day | None, Query(description="first day without the post, today by default")] = None,
) -> dict[str, Any]:
    """Relieve a person of a post; the post stays in the records."""
    with here.database.transaction(scope) as connection:
        relieve(connection, scope, staff_id, post_id, until=until)
    return _detail(here, scope, staff_id)


@router.get("/centres", tags=["centres"])
def centres(here: Here, response: Response, grid: GridCode | None = None) -> dict[str, Any]:
    """The centres of a grid and below it; all without one."""
    with here.database.transaction() as connection:
        found = list_centres(connection, grid)
    response.headers["Cache-Control"] = "public, max-age=60"
    return {"centres": [_centre(one) for one in found], "total": len(found), "next": None}


@router.patch("/centres/{centre_id}", tags=["centres"])
def patch_centre(centre_id: Number, given: CentreChange, here: Here, scope: Writer) -> dict[str, Any]:
    """Change a centre's name or telephone."""
    with here.database.transaction(scope) as connection:
        change_centre(connection, scope, centre_id, **given.model_dump())
        return _centre(get_centre(connection, centre_id))


def _detail(here: Service, scope: Scope, staff_id: int) -> dict[str, Any]:
    with here.database.transaction(scope) as connection:
        return _person(get_person(connection, scope, staff_id))


def _person(one: Person) -> dict[str, Any]:
    """A person; grid and role beside the name are those of the first post, held before ended ones."""
    first = one.posts[0] if one.posts else None
    return {
        "id": one.id,
        "name": one.name,
        "phone": one.phone,
        "employment": one.employment,
        "grid": first.grid if first else None,
        "role": first.role if first else None,
        "posts": [_post(post) for post in one.posts],
    }


def _post(post: Post) -> dict[str, Any]:
    return {"id": post.id, "grid": post.grid, "role": post.role, "since": post.since, "until": post.until}


def _centre(one: Centre) -> dict[str, Any]:
    return {"id": one.id, "grid": one.grid, "name": one.name, "phone": one.phone, "lon": one.lon, "lat": one.lat}
