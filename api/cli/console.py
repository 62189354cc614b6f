"""What the terminal shows: two languages, progress, and errors as one clear line with a numbered exit code."""

import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli.usage import WrongUse
from gis.errors import Lang, WanggeError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

EXIT_CODES = {
    0: ("成功", "done"),
    1: ("内部错误", "internal error"),
    2: ("命令行用法有误", "wrong use of the command line"),
    3: ("输入无效", "invalid input"),
    4: ("没有找到", "not found"),
    5: ("数据库不可用或超时", "database not available, or too slow"),
    6: ("运行环境尚未就绪", "environment not ready"),
    7: ("与当前状态冲突", "conflict with the present state"),
    8: ("检查发现问题", "a check found problems"),
    9: ("无权限", "not allowed"),
    10: ("磁盘空间不足", "disk full"),
    130: ("被中断", "interrupted"),
}
_language: list[Lang] = ["zh"]


def take_language(arguments: Sequence[str]) -> list[str]:
    """Take ``--lang zh|en`` out of the arguments, wherever it stands; without it WANGGE_LANG, else Chinese.

    Raises
    ------
    WrongUse
        If the language is another one.
    """
    rest: list[str] = []
    chosen = os.environ.get("WANGGE_LANG", "zh")
    given = iter(arguments)
    for word in given:
        if word == "--lang":
            chosen = next(given, "")
        elif word.startswith("--lang="):
            chosen = word.removeprefix("--lang=")
        else:
            rest.append(word)
    if chosen not in {"zh", "en"}:
        os.environ["WANGGE_LANG"] = "zh"  # whatever comes next must not stumble over it again
        raise WrongUse(
            reason_zh=f"--lang 可选 zh 或 en，不是“{chosen}”", reason_en=f'--lang is zh or en, not "{chosen}"'
        )
    _language[0] = "zh" if chosen == "zh" else "en"
    os.environ["WANGGE_LANG"] = chosen
    return rest


def lang() -> Lang:
    """The language of this run."""
    return _language[0]


def text(zh: str, en: str) -> str:
    """The one of two texts that fits the language."""
    return zh if lang() == "zh" else en


def say(zh: str, en: str) -> None:
    """Print a line in the language of this run."""
    out.print(text(zh, en))


def fail(error: WanggeError) -> int:
    """Tell an error on the terminal and return its exit code."""
    err.print(f"[red]✗[/red] {_plain(error.message(lang()))}")
    return error.exit_code


def _plain(message: str) -> str:
    """Keep rich from reading brackets in messages as markup."""
    return message.replace("[", r"\[")


@contextmanager
def steps() -> Generator[Callable[[str, str], Callable[[float], None]]]:
    """Show progress: the value given begins a step (zh, en) and returns a function that takes its share, 0 to 1."""
    columns = (TextColumn("{task.description}"), BarColumn(30), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not sys.stderr.isatty()) as progress:

        def begin(zh: str, en: str) -> Callable[[float], None]:
            if not sys.stderr.isatty():
                err.print(f"· {text(zh, en)}")
            for earlier in progress.task_ids:
                progress.update(earlier, completed=1, total=1)
            task = progress.add_task(text(zh, en), total=None)

            def share(done: float) -> None:
                progress.update(task, completed=done, total=1)

            return share

        yield begin
        for earlier in progress.task_ids:
            progress.update(earlier, completed=1, total=1)
