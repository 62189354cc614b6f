"""``draft checkout``, ``checkin``, ``saves``, ``undo``, ``redo``: a draft taken along, and its saves taken back."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.store import open_store
from boundaries import journal, offline
from boundaries.journal import Save
from gis.db import Database
from gis.errors import Conflict
from gis.settings import settings

Number = Annotated[int, typer.Argument(help="草稿编号 · number of the draft")]
File = Annotated[Path, typer.Argument(help="GeoPackage 文件 · the file")]


def checkout(number: Number, file: File) -> None:
    """Write the basic grids of a draft to a GeoPackage, to be edited anywhere and checked in again."""
    with steps() as begin, open_store(settings(), begin) as database, database.transaction() as connection:
        count = offline.checkout(connection, number, file)
    say(f"已写入 {count} 个网格；改图层 grids，别动 base", f"{count} grids written; edit the layer grids, not base")


def checkin(
    file: File,
    number: Annotated[int | None, typer.Option("--draft", help="写入另一个草稿 · write into another draft")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="有冲突也写入 · write in spite of conflicts")] = False,
    commit: Annotated[bool, typer.Option("--commit", help="真正写入，默认只预演 · really do it")] = False,
) -> None:
    """Bring the changes of a file that was checked out back into its draft, as one save."""
    with steps() as begin, open_store(settings(), begin) as database, database.transaction() as connection:
        done = offline.checkin(connection, file, draft=number, overwrite=overwrite, commit=commit)
    rows = ((("修改", "put"), done.put), (("注销", "retired"), done.retired), (("新编码", "new codes"), done.issued))
    table = Table(show_header=False, box=None, padding=(0, 2))
    for heading, codes in (*rows, (("冲突", "conflicts"), done.conflicts)):
        table.add_row(text(*heading), str(len(codes)), " ".join(codes))
    out.print(table)
    if done.conflicts and not overwrite:
        raise Conflict(
            reason_zh="以上网格在取出之后被别人改过，什么也没有写入；--overwrite 以文件为准",
            reason_en="others changed these grids since check-out; nothing is written; --overwrite takes the file's",
        )
    if commit:
        say(f"已写入草稿 {done.draft}", f"written into draft {done.draft}")
    else:
        say("以上为预演；加 --commit 写入", "this was a rehearsal; add --commit to write")


def saves(number: Number) -> None:
    """List the saves of a draft, newest first."""
    table = Table(box=None, padding=(0, 2))
    for heading in (("保存", "save"), ("时间", "time"), ("登录名", "login"), ("种类", "kind"), ("网格", "grids")):
        table.add_column(text(*heading))
    with steps() as begin, open_store(settings(), begin) as database, database.transaction() as connection:
        for one in journal.list_saves(connection, number):
            kind = text(*KINDS["undone" if one.undone else one.kind])
            table.add_row(str(one.id), f"{one.saved_at:%Y-%m-%d %H:%M:%S}", one.saved_by, kind, " ".join(one.codes))
    out.print(table)


KINDS = {
    "edit": ("编辑", "edit"),
    "undone": ("编辑，已撤销", "edit, undone"),
    "undo": ("撤销", "undo"),
    "redo": ("重做", "redo"),
}


def undo(number: Number) -> None:
    """Take the last save of a draft back."""
    with steps() as begin, open_store(settings(), begin) as database:
        done = _step(database, number, back=True)
    say(f"已撤销保存 {done.id}：{' '.join(done.codes)}", f"save {done.id} is undone: {' '.join(done.codes)}")


def redo(number: Number) -> None:
    """Do again what was undone last."""
    with steps() as begin, open_store(settings(), begin) as database:
        done = _step(database, number, back=False)
    say(f"已重做保存 {done.id}：{' '.join(done.codes)}", f"save {done.id} is done again: {' '.join(done.codes)}")


def _step(database: Database, number: int, *, back: bool) -> Save:
    with database.transaction() as connection:
        return journal.undo(connection, number) if back else journal.redo(connection, number)
