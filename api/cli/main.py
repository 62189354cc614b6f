"""The verbs, and how a run ends."""

import sys

import typer

from api.cli import data_commands, doctor_command, import_command, work_commands
from api.cli.console import err, fail, take_language, text
from api.cli.service_commands import down, serve, status, up
from gis.errors import WanggeError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="网格 wangge：县域网格的地理空间服务 · the geospatial service of a county's governance grid.\n\n"
    "--lang zh|en 选择语言 · chooses the language.",
)
app.command(help="一键启动：数据库、演示数据、服务 · set up and start everything")(up)
app.command(help="停止服务和私有数据库 · stop the service and its database")(down)
app.command(help="查看运行状态 · show what is running")(status)
app.command(help="体检并给出修复办法 · check everything and say how to mend it")(doctor_command.doctor)
app.command(help="升级数据库结构 · bring the database up to date")(data_commands.migrate)
app.command(help="装入演示县 · load the demonstration county")(data_commands.demo)
app.command("import", help="导入网格、户、纠纷或网格员 · import grids, households, disputes or staff")(
    import_command.import_
)
app.command(help="查询点位所在网格 · find the grid of a point")(data_commands.locate)
app.command(help="把文件中的点归属到网格 · assign the points of a file to grids")(data_commands.assign)
app.command(help="发布草稿为新版本 · publish a draft as a new edition")(data_commands.publish)
app.command(help="只启动网络服务 · run the server only")(serve)
app.command(help="签发访问令牌 · sign an access token")(work_commands.token)
app.command(help="备份到文件 · back up to a file")(work_commands.backup)
app.command(help="从备份恢复 · restore from a backup")(work_commands.restore)
app.command("test", help="运行全部检查和测试 · run every check and test")(work_commands.run_tests)
app.command(help="测量性能 · measure")(work_commands.bench)


def main() -> None:
    """Run the command line; ends the process with a numbered exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        rest = take_language(arguments)
        result = app(args=rest, standalone_mode=False, prog_name="wangge")
    except WanggeError as error:
        return fail(error)
    except typer.Exit as stop:
        return stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        err.print(text("已中断", "interrupted"))
        return 130
    except typer.TyperException as error:
        err.print(error.format_message(), markup=False)
        err.print(text("用 wangge --help 查看用法", "see wangge --help"))
        return 2
    return result if isinstance(result, int) else 0
