"""``units`` as a person types it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli.main import run
from gis.settings import settings
from tests.conftest import Templates


@pytest.fixture
def _store(templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    url = templates.clone(templates.county())
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    settings.cache_clear()
    templates.drop(url)


@pytest.mark.usefixtures("_store")
def test_sizes_are_compared_and_a_repair_is_shown_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["units", "policy", "532322101202", "--lang", "en"]) == 0
    assert "as they stand" in capsys.readouterr().out
    assert run(["units", "plan", "532322101202", "--lang", "en"]) == 0
    told = capsys.readouterr()
    assert "0 opened, 0 closed; 0 households move" in told.out + told.err
    assert "nothing was written" in told.out + told.err
    assert run(["units", "repair", "532322101202", "--lang", "en"]) == 0
    assert run(["units", "plan", "999999", "--lang", "en"]) == 4
