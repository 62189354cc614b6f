"""The command line used wrongly: one clear line in the reader's language and a number, never a traceback."""

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.cli import console
from api.cli.main import VERBS, run
from gis.settings import ROOT, settings

Cli = Callable[..., tuple[int, str]]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Cli]:
    """Run a command line in this process; returns its exit code and all it printed."""
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WANGGE_LANG", "zh")
    monkeypatch.delenv("WANGGE_DATABASE_URL", raising=False)
    settings.cache_clear()

    def go(*arguments: str) -> tuple[int, str]:
        code = run(list(arguments))
        told = capsys.readouterr()
        return code, told.out + told.err

    yield go
    settings.cache_clear()
    console.take_language(["--lang", "zh"])


WRONG = [
    (["dwon"], "没有命令“dwon”；是否要用 down？", 'there is no command "dwon"; did you mean down?'),
    (["--nope"], "没有选项 --nope", "there is no option --nope"),
    (["up", "--nope"], "没有选项 --nope；相近的有 --no-demo", "there is no option --nope; there is --no-demo"),
    (["locate"], "缺少 LON_OR_FILE", "LON_OR_FILE is missing"),
    (["locate", "points.csv"], "还要 --out", "also needs --out"),
    (["locate", "1"], "缺少 LAT", "LAT is missing"),
    (["locate", "1", "2", "3"], "多余的参数：3", "too many arguments: 3"),
    (["locate", "a", "2"], "LON 应为数字（给出的是“a”）", 'LON must be a number (given: "a")'),
    (["locate", "1", "2", "--datum", "mars"], "--datum 可选 'cgcs2000'", "--datum one of 'cgcs2000'"),
    (["demo", "--scale", "0"], "--scale 不能小于 1", "--scale must be at least 1"),
    (["token", "--role"], "选项 --role 需要一个值", "the option --role needs a value"),
    (["token", "--role", "king"], "没有角色“king”", 'no role "king"'),
    (["up", "--demo=3"], "选项 --demo 不带值", "the option --demo takes no value"),
]


@pytest.mark.parametrize(("arguments", "zh", "en"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_wrong_use_is_told_in_the_readers_language(cli: Cli, arguments: list[str], zh: str, en: str) -> None:
    code, told = cli(*arguments)
    assert code == 2
    assert zh in told
    code, told = cli("--lang", "en", *arguments)
    assert code == 2
    assert en in told
    assert not CHINESE.search(told)
    assert "Traceback" not in told


@pytest.mark.parametrize("arguments", [["--lang", "fr", "status"], ["--lang"], ["status", "--lang="]])
def test_a_language_that_is_none(cli: Cli, arguments: list[str]) -> None:
    code, told = cli(*arguments)
    assert code == 2
    assert "--lang 可选 zh 或 en" in told


def test_alone_it_lists_the_verbs(cli: Cli) -> None:
    for arguments, expected in (([], 2), (["--help"], 0), (["-h"], 0), (["help"], 0)):
        code, told = cli("--lang", "en", *arguments)
        assert code == expected
        assert all(f"  {name} " in told for name in VERBS)
        assert not CHINESE.search(told)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(cli: Cli, verb: str) -> None:
    code, told = cli("--lang", "en", verb, "--help")
    assert code == 0
    assert VERBS[verb].en in told
    assert f"wangge {verb}" in told


def test_a_wrong_setting_is_told_by_its_name(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_PORT", "99999")
    code, told = cli("status")
    assert code == 3
    assert "WANGGE_PORT" in told
    assert "不能大于 65535" in told


def test_a_full_disk_is_told_as_such(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere")

    monkeypatch.setattr("api.cli.service_commands.status", full)
    code, told = cli("status")
    assert code == 10
    assert "/somewhere" in told


def test_an_unexpected_error_is_one_line_and_its_story_is_kept(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr("api.cli.service_commands.status", broken)
    code, told = cli("--lang", "en", "status")
    assert code == 1
    assert "ZeroDivisionError: nobody thought of this" in told
    assert "Traceback" not in told
    kept = tmp_path / "data" / "log" / "command.log"
    assert str(kept) in told
    assert "in broken" in json.loads(kept.read_text(encoding="utf-8"))["error"]


def test_interrupted(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.cli.service_commands.status", interrupted)
    assert cli("status") == (130, "已中断\n")


def test_a_token_says_what_was_asked(cli: Cli) -> None:
    code, told = cli("token", "--role", "mediator", "--scope", "532322101")
    assert code == 0
    assert told.count(".") == 2
    assert cli("token", "--scope", "%")[0] == 9


def test_as_a_program_without_a_terminal() -> None:
    command = [sys.executable, "-P", "-m", "api.cli", "--lang", "en", "upp"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith('✗ Wrong use: there is no command "upp"; did you mean up?\n')
