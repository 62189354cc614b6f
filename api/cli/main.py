"""The verbs, and how a run ends."""

import errno
import importlib
import logging
import os
import sys
from dataclasses import dataclass

import typer
from pydantic import ValidationError
from rich.table import Table

from api.cli.console import err, fail, out, take_language, text
from api.cli.usage import WrongUse, no_such_verb, told
from api.interruptions import interruptions
from api.reasons import reason
from gis.errors import InvalidInput, StorageFull, WanggeError


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb's function is, and what it does."""

    module: str
    function: str
    zh: str
    en: str


VERBS = {
    "up": Verb("service_commands", "up", "一键启动：数据库、演示数据、服务", "set up and start everything"),
    "down": Verb("service_commands", "down", "停止服务和私有数据库", "stop the service and its database"),
    "status": Verb("service_commands", "status", "查看运行状态", "show what is running"),
    "doctor": Verb("doctor_command", "doctor", "体检并给出修复办法", "check everything and say how to mend it"),
    "migrate": Verb("data_commands", "migrate", "升级数据库结构", "bring the database up to date"),
    "demo": Verb("data_commands", "demo", "装入演示县", "load the demonstration county"),
    "import": Verb(
        "import_command",
        "import_",
        "导入网格、户、纠纷、网格员或河流道路",
        "import grids, households, disputes, staff or barriers",
    ),
    "locate": Verb(
        "point_commands",
        "locate",
        "查询一点或一个文件的点所在网格",
        "find the grids of a point, or of a file of points",
    ),
    "assign": Verb(
        "point_commands",
        "assign",
        "把文件中的点归属到网格，本机或 Spark",
        "give the points of a file their grids, here or on Spark",
    ),
    "recode": Verb(
        "recode_command", "recode", "把文件中的旧编码换成新编码", "turn the old codes of a file into new ones"
    ),
    "planner": Verb(
        "planner_command", "planner", "管理在 QGIS 中编辑草稿的登录名", "manage the logins that edit drafts in QGIS"
    ),
    "draft": Verb(
        "draft_command", "draft", "草稿：打开、检查、修复、变基、发布", "drafts: open, judge, repair, rebase, publish"
    ),
    "nets": Verb(
        "nets_command", "nets", "多网合一：由各部门的网提出全科网格", "one net from several departmental nets"
    ),
    "units": Verb(
        "units_command",
        "units",
        "联户单元：规模、修补、重新划分、锁定、清单",
        "neighbour units: sizes, repair, division anew, locks, lists",
    ),
    "publish": Verb("data_commands", "publish", "发布草稿为新版本", "publish a draft as a new edition"),
    "webhook": Verb("webhook_command", "webhook", "把新版本通知其他系统", "tell other systems of published editions"),
    "tiles": Verb("tiles_command", "tiles", "统计或核验瓦片", "count the tiles, or check them"),
    "export": Verb(
        "export_command", "export", "把版本或点查索引导出为文件", "write an edition, or its look-up index, to a file"
    ),
    "serve": Verb("service_commands", "serve", "只启动网络服务", "run the server only"),
    "token": Verb("work_commands", "token", "签发访问令牌", "sign an access token"),
    "backup": Verb("work_commands", "backup", "备份到文件", "back up to a file"),
    "restore": Verb("work_commands", "restore", "从备份恢复", "restore from a backup"),
    "test": Verb("work_commands", "run_tests", "运行全部检查和测试", "run every check and test"),
    "bench": Verb("work_commands", "bench", "测量性能", "measure"),
}


def application(*names: str) -> typer.Typer:
    """The command line with the verbs ``names``, with all of them by default; only their modules are imported."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_group)
    for name in names or VERBS:
        verb = VERBS[name]
        function = getattr(importlib.import_module(f"api.cli.{verb.module}"), verb.function)
        if isinstance(function, typer.Typer):
            app.add_typer(function, name=name, help=text(verb.zh, verb.en))
        else:
            app.command(name, help=text(verb.zh, verb.en))(function)
    return app


def _group() -> None:
    """A command line of several verbs, even where only one of them is imported."""


def main() -> None:
    """Run the command line; ends the process with a numbered exit code."""
    interruptions.install()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; never raises."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except WrongUse as error:
        fail(error)
        err.print(text("用法见 wangge --help 或 wangge 命令 --help", "see wangge --help, or wangge VERB --help"))
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last stop: whatever it is becomes one clear line
        return fail(_known(error))
    if code == 130:
        err.print(text("已中断", "interrupted"))
    return code


def _run(arguments: list[str]) -> int:
    rest = take_language(arguments)
    verb = rest[0] if rest else ""
    if verb in {"", "-h", "--help", "help"}:
        _list_verbs(in_error=not verb)
        return 0 if verb else 2
    if verb not in VERBS:
        if verb.startswith("-"):
            raise WrongUse(reason_zh=f"没有选项 {verb}", reason_en=f"there is no option {verb}")
        raise no_such_verb(verb, list(VERBS))
    try:
        result = application(verb)(args=rest, standalone_mode=False, prog_name="wangge")
    except typer.TyperException as error:
        raise told(error) from error
    return result if isinstance(result, int) else 0


def _list_verbs(*, in_error: bool) -> None:
    console = err if in_error else out
    console.print(
        text("网格 wangge：县域网格的地理空间服务", "wangge: the geospatial service of a county's governance grid")
    )
    console.print(
        text("用法：wangge [--lang zh|en] 命令 [选项]", "Usage: wangge [--lang zh|en] VERB [OPTIONS]"), markup=False
    )
    table = Table(show_header=False, box=None, padding=(0, 2))
    for name, verb in VERBS.items():
        table.add_row(f"[bold]{name}[/bold]", text(verb.zh, verb.en))
    console.print(table)
    console.print(text("每个命令的选项：wangge 命令 --help", "The options of a verb: wangge VERB --help"))


def _known(error: Exception) -> WanggeError:
    """The error as one of the service's own: a setting, the disk; else it is kept for whoever mends it."""
    if isinstance(error, WanggeError):
        return error
    if isinstance(error, ValidationError) and error.title == "Settings":
        finding = error.errors()[0]
        zh, en = reason(finding)
        return InvalidInput(field=f"WANGGE_{finding['loc'][0]}".upper(), reason_zh=zh, reason_en=en)
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFull(detail=f"{error.strerror}: {error.filename or ''}")
    return WanggeError(detail=f"{type(error).__name__}: {error}{_keep(error)}")


def _keep(error: Exception) -> str:
    """Write the traceback to ``log/command.log`` of the data folder; where it stands, for the message."""
    from api.logs import JsonLines
    from gis.settings import settings

    try:
        path = settings().data / "log" / "command.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except (OSError, ValueError):
        return ""
    handler.setFormatter(JsonLines())
    handler.handle(
        logging.LogRecord(
            "wangge.command",
            logging.ERROR,
            "",
            0,
            " ".join(sys.argv[1:2]),
            None,
            (type(error), error, error.__traceback__),
        )
    )
    handler.close()
    return f" → {path}"
