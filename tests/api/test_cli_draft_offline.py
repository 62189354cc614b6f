"""Taking a draft along and taking saves back, as it is typed."""

from pathlib import Path

import pyogrio

from boundaries.offline_file import EDITED
from gis.db import Database
from tests.api.test_cli_draft import Wangge, draw, squares, wangge
from tests.boundaries.squares import leaf, square

__all__ = ["squares", "wangge"]


def test_a_draft_is_taken_along_and_brought_back(wangge: Wangge, squares: Database, tmp_path: Path) -> None:
    file = tmp_path / "draft.gpkg"
    assert wangge("open", "--title", "界线")[0] == 0
    assert "4 grids written" in wangge("checkout", 2, file)[1]
    assert wangge("checkout", 9, file)[0] == 4
    frame = pyogrio.read_dataframe(file, layer=EDITED)
    pyogrio.write_dataframe(frame.assign(name="改名"), file, layer=EDITED, driver="GPKG")
    code, told = wangge("checkin", file)
    assert (code, "rehearsal" in told) == (0, True)
    assert "no save to undo" in wangge("undo", 2)[1]
    draw(squares, 2, 1, square(0, 1, 0.5))
    code, told = wangge("checkin", file, "--commit")
    assert (code, leaf(1) in told) == (7, True)
    assert "written into draft 2" in wangge("checkin", file, "--commit", "--overwrite")[1]
    assert wangge("checkin", tmp_path / "absent.gpkg")[0] == 3


def test_saves_are_listed_undone_and_redone(wangge: Wangge, squares: Database) -> None:
    wangge("open", "--title", "界线")
    draw(squares, 2, 1, square(0, 1, 0.5))
    assert leaf(1) in wangge("undo", 2)[1]
    assert "edit, undone" in wangge("saves", 2)[1]
    assert "is done again" in wangge("redo", 2)[1]
    assert wangge("redo", 2)[0] == 7
