"""``token``, ``backup``, ``restore``, ``test``, ``bench``."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.access import ROLES
from api.accounts import demo_accounts
from api.cli.console import out, say, steps
from api.cli.usage import WrongUse
from api.demo_accounts import make_accounts
from api.run_file import claim
from api.store import MIGRATIONS, service_database
from api.tokens import make_token, token_key
from gis.backup import backup as write_backup
from gis.backup import check_backup
from gis.backup import restore as read_backup
from gis.cluster import Cluster
from gis.db import Database
from gis.errors import InvalidInput
from gis.pg_programs import Programs, find_programs, no_database
from gis.scope import Scope
from gis.settings import ROOT, Settings, settings


def token(
    role: Annotated[str, typer.Option(help="角色 · role")] = "leader",
    scope: Annotated[str, typer.Option(help="辖区编码，逗号分隔 · jurisdiction codes, comma-separated")] = "532322",
    name: Annotated[str, typer.Option(help="姓名 · name")] = "",
    hours: Annotated[float, typer.Option(help="有效小时数 · hours of life", min=0.01, max=87600)] = 12,
) -> None:
    """Print a signed token."""
    if role not in ROLES:
        known = ", ".join(ROLES)
        raise WrongUse(reason_zh=f"没有角色“{role}”；可选 {known}", reason_en=f'no role "{role}"; one of {known}')
    actor = name or f"token:{role}"
    chosen = Scope(tuple(part.strip() for part in scope.split(",")), actor, role)
    text, _ = make_token(token_key(settings().data), chosen, name=name, hours=hours)
    out.print(text, soft_wrap=True)


def backup(file: Annotated[Path, typer.Argument(help="备份文件 · the backup's file")]) -> None:
    """Write a backup."""
    chosen = settings()
    programs = _programs(chosen)
    with steps() as begin, service_database(chosen) as conninfo:
        begin("备份", "backing up")
        size = write_backup(programs, conninfo, file)
    say(f"已备份到 {file}（{size / 2**20:.1f} MB）", f"backed up to {file} ({size / 2**20:.1f} MB)")


def restore(
    file: Annotated[Path, typer.Argument(help="备份文件 · the backup's file")],
    commit: Annotated[
        bool, typer.Option("--commit", help="确认替换现有数据 · really replace the present data")
    ] = False,
) -> None:
    """Replace the store by a backup."""
    from tiles.atlas_build import remove_but  # heavy: only when something is restored

    chosen = settings()
    programs = _programs(chosen)
    check_backup(programs, file)
    if not commit:
        raise InvalidInput(
            field="--commit",
            reason_zh="恢复会替换现有数据，请加 --commit",
            reason_en="restoring replaces the data; add --commit",
        )
    # As its one user, so that nothing can begin to serve meanwhile.
    with claim(chosen.data, ""), steps() as begin, service_database(chosen) as conninfo:
        begin("恢复", "restoring")
        read_backup(programs, conninfo, file, MIGRATIONS)
        _renew_accounts(conninfo, chosen)
        # Units drawn again from now on may be counted as others were before.
        remove_but(chosen.data / "tiles", set())
    say(f"已从 {file} 恢复", f"restored from {file}")


def _programs(chosen: Settings) -> Programs:
    programs = find_programs() if chosen.database_url else Cluster(chosen).programs()
    if programs is None:
        raise no_database()
    return programs


def _renew_accounts(conninfo: str, chosen: Settings) -> None:
    """New passwords for the demo's accounts, if the backup has them: those kept here may be another store's."""
    with Database(conninfo, size=1) as database:
        with database.transaction() as connection:
            accounts = demo_accounts(connection)
        if accounts:
            make_accounts(database, chosen.data, accounts[0].scope[0][:6])


def run_tests(
    all_: Annotated[bool, typer.Option("--all", help="包括耗时的测试 · the long ones too")] = False,
    only: Annotated[str, typer.Option("-k", help="只运行匹配的测试 · only tests that match")] = "",
) -> int:
    """Run every check and test."""
    from tests.gates import run_gates

    return run_gates(everything=all_, only=only)


def bench(
    what: Annotated[
        str,
        typer.Argument(
            help="demo | import | locate | tiles | items | publish | drafts（默认这些 · these by default）| files | spark | units"
        ),
    ] = "",
    json: Annotated[str, typer.Option(help="结果写入 JSON 文件 · write the figures to a file")] = "",
    peer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=URL", help="并测的服务器 · a server to measure too: http://…/{z}/{x}/{y} or http://…/items"
        ),
    ] = None,
    counties: Annotated[
        int, typer.Option(min=1, help="publish：库中演示县的数目 · demonstration counties in the store of publish")
    ] = 1,
    soak: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="跑 N 轮编辑、发布、恢复 · N cycles of edits, editions and back instead"),
    ] = None,
    instance: Annotated[
        str, typer.Option(help="units：有容量的 p-中位问题文件 · a file of a capacitated p-median problem")
    ] = "",
) -> int:
    """Measure, right answers first."""
    options = ["--counties", str(counties), *(["--json", str(Path(json).resolve())] if json else [])]
    options += [] if soak is None else ["--soak", str(soak)]
    options += ["--instance", str(Path(instance).resolve())] if instance else []
    options += [word for one in peer or [] for word in ("--peer", one)]
    command = [sys.executable, "-P", "-m", "tests.benchmarks", *([what] if what else []), *options]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
