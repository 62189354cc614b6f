"""What drafts and publications are measured with: stores of demonstration counties, and borders of theirs moved."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from api.demo import load_demo
from boundaries.drafts import Change
from gis.db import Database, connect_admin
from tests.boundaries.edits import County, Xy, displaced, moved, vertex
from tests.conftest import Templates

METRES = 10
_CORNERS = 40


@contextmanager
def counties_store(templates: Templates, counties: int) -> Generator[str]:
    """A throw-away store of so many demonstration counties, published."""
    url = templates.clone(templates.county() if counties == 1 else templates.empty())
    if counties > 1:
        with Database(url, size=2, statement_timeout_s=0) as database:
            load_demo(database, templates.folder, _silent, scale=counties)
    with connect_admin(url) as admin:
        admin.execute("ANALYZE")
    yield url
    templates.drop(url)


def _silent(_zh: str, _en: str) -> Callable[[float], None]:
    return lambda _share: None


def border_move(county: County, code: str) -> tuple[list[Change], Xy]:
    """One vertex moved in the two grids that share it, of which this is one, and where it lay.

    Raises
    ------
    LookupError
        If no border of the grid can be moved so.
    """
    for corner in range(_CORNERS):
        _, here, _ = vertex(county.outlines[code], corner / _CORNERS)
        sharing = county.sharing(here)
        if len(sharing) == 2:
            drawn = {one: moved(county.outlines[one], here, displaced(here, METRES, 1)) for one in sharing}
            if all(shape.is_valid for shape in drawn.values()):
                return [county.put(one, shape) for one, shape in drawn.items()], here
    raise LookupError(code)


def border_moves(county: County, codes: list[str]) -> Iterator[tuple[list[Change], Xy]]:
    """Moves of borders of these grids that have no grid in common."""
    seen = set[str]()
    for code in codes:
        try:
            changes, place = border_move(county, code)
        except LookupError:
            continue
        if not seen & {change.code for change in changes}:
            seen |= {change.code for change in changes}
            yield changes, place
