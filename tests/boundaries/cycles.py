"""Random edit → repair → judge → publish → back, and what must hold after each: a seeded driver over a county."""

import random
from datetime import date

import numpy as np
import shapely

from boundaries.drafts import drop_draft, read_draft
from boundaries.editions import activate
from boundaries.judging import validate
from boundaries.publish import prepare
from boundaries.repair import accept, propose
from boundaries.restore import open_restoring
from gis.codes import parent
from gis.coverage import current_edition, read_leaves
from gis.db import Connection
from gis.locate import Locator
from tests.boundaries.edits import County, edit, saved

KINDS = ("vertex", "shift", "grow", "shrink", "sloppy", "retire")
DAY = date(2024, 1, 1)


def cycle(connection: Connection, dice: random.Random) -> list[int]:
    """One edit of one or two grids, published, and in a third of the cases taken back; the editions made."""
    county = County(connection, current_edition(connection) or 1)
    codes = [county.code(dice.random())]
    if dice.random() < 0.5:
        codes.append(county.beside(codes[0], dice.random()))
    drawn = [
        edit(county, c, dice.choice(KINDS), dice.random(), dice.uniform(0.5, 200), dice.uniform(0, 6)) for c in codes
    ]
    draft = saved(connection, [change for change in drawn if change is not None])
    winners = [question.codes[0] for question in propose(connection, draft).questions]
    accept(connection, draft, rev=read_draft(connection, draft).rev, winners=winners)
    judgement = validate(connection, draft)
    assert judgement.errors == [], [(one.rule, one.codes) for one in judgement.errors]
    if not judgement.change.touched:
        drop_draft(connection, draft)
        return []
    made = [_publish(connection, draft)]
    if dice.random() < 0.34:
        made.append(_publish(connection, open_restoring(connection, made[0] - 1, title="恢复", author="test")))
        assert _ground(connection, made[1]) == _ground(connection, made[0] - 1)
    return made


def _publish(connection: Connection, draft: int) -> int:
    edition = prepare(connection, draft, valid_from=DAY).edition
    activate(connection, edition)
    check_edition(connection, edition)
    return edition


def _ground(connection: Connection, edition: int) -> list[float]:
    """The areas of all basic grids, whatever their codes, in m² to 1 dm²."""
    _, outlines = read_leaves(connection, edition)
    return sorted(round(float(area), 13) for area in shapely.area(outlines))


def check_parents(connection: Connection, edition: int) -> None:
    """Every grid above the basic ones is the union of those below it, a coverage, to 0.01 m² and less."""
    rows = connection.execute("SELECT code::text, level, ST_AsBinary(geom) FROM gis.grid_at(%s)", [edition]).fetchall()
    shapes = {code: shapely.from_wkb(bytes(wkb)) for code, _, wkb in rows}
    children: dict[str, list[str]] = {}
    for code, level, _ in rows:
        if level > 2:
            children.setdefault(parent(code) or "", []).append(code)
    assert children.keys() == {code for code, level, _ in rows if level < 6}
    codes = list(children)
    unions = [shapely.coverage_union_all([shapes[one] for one in children[code]]) for code in codes]
    own = [shapes[code] for code in codes]
    other = np.flatnonzero(~shapely.equals_exact(unions, own, normalize=True))  # vertices within straight lines
    apart = [shapely.symmetric_difference(unions[i], own[i]).area for i in other]
    assert max(apart, default=0.0) < 1e-12  # degrees²: about 0.01 m²


def check_edition(connection: Connection, edition: int) -> None:
    """A matched coverage, parents the unions of their children, households where they stand, no code used twice."""
    codes, outlines = read_leaves(connection, edition)
    assert shapely.coverage_is_valid(outlines)
    check_parents(connection, edition)
    rows = connection.execute(
        "SELECT ST_X(h.geom), ST_Y(h.geom), a.grid_code::text, left(a.unit_code::text, 17), h.grid_code::text"
        " FROM gis.household AS h LEFT JOIN gis.assignment_at(%s) AS a ON a.household_id = h.id WHERE h.until IS NULL",
        [edition],
    ).fetchall()
    grids = Locator(codes, outlines).codes_at([row[0] for row in rows], [row[1] for row in rows])
    for column in (2, 3, 4):
        assert np.array_equal(grids, [row[column] for row in rows])
    again = connection.execute(
        "SELECT a.code FROM gis.grid AS a JOIN gis.grid AS b ON b.code = a.code AND b.edition_from > a.edition_to"
        " WHERE NOT EXISTS (SELECT FROM gis.grid AS c WHERE c.code = a.code AND c.edition_from = a.edition_to)"
    ).fetchall()
    assert again == []
