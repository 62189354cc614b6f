"""The signing key of an installation: one for all who ask for it first, whatever came before."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from api.tokens import token_key

ASKING = 4


def ask(folder: Path, number: int) -> str:
    return token_key(folder / str(number))


def test_all_who_ask_at_the_same_moment_get_the_same_key(tmp_path: Path) -> None:
    with ProcessPoolExecutor(ASKING, get_context("forkserver")) as processes:
        for number in range(25):
            asked = [processes.submit(ask, tmp_path, number) for _ in range(ASKING)]
            keys = {each.result() for each in asked}
            assert len(keys) == 1
            assert len(keys.pop()) == 64
            assert {path.name for path in (tmp_path / str(number) / "secret").iterdir()} == {"token.key", "token.lock"}


@pytest.mark.parametrize("left", ["token.key", "token.new"])
def test_what_a_full_disk_left_is_no_key(tmp_path: Path, left: str) -> None:
    folder = tmp_path / "secret"
    folder.mkdir()
    (folder / left).touch()
    key = token_key(tmp_path)
    assert key == token_key(tmp_path) != ""
    assert (folder / "token.key").stat().st_mode & 0o077 == 0
    assert {path.name for path in folder.iterdir()} == {"token.key", "token.lock"}
