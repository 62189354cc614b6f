"""The folder beside a result that keeps finished parts, so that an interrupted run can go on."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import ipc

from gis.errors import Conflict


class Parts:
    """Finished parts of one result, ``<result>.parts/``: what they answer (``asked.json``) and an Arrow file each.

    A part's file appears under its name only when it is whole, so whatever is there may be used.
    """

    def __init__(self, target: Path, asked: Mapping[str, object], *, resume: bool) -> None:
        """Begin anew, or go on with what an earlier run left if it asked the same of the same file.

        Raises
        ------
        Conflict
            If parts are there that answer something else.
        """
        self.folder = target.with_name(f"{target.name}.parts")
        self._asked = self.folder / "asked.json"
        text = json.dumps(dict(asked), ensure_ascii=False, sort_keys=True, default=str)
        if resume and self._asked.exists():
            if self._asked.read_text(encoding="utf-8") != text:
                raise Conflict(
                    reason_zh=f"{self.folder} 中的部分结果来自另一文件、另一版本或不同选项；去掉 --resume 重新开始",
                    reason_en=f"what {self.folder} holds is of another file, edition or options; begin without --resume",
                )
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self._asked.write_text(text, encoding="utf-8")

    def __contains__(self, number: int) -> bool:
        return self._path(number).exists()

    def any(self) -> bool:
        """Whether a part is finished."""
        return next(self.folder.glob("*.arrow"), None) is not None

    def save(self, number: int, table: Any) -> None:
        """Keep a finished part."""
        unfinished = self._path(number).with_suffix(".new")
        with pa.OSFile(str(unfinished), "wb") as sink, ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks().unify_dictionaries())
        unfinished.replace(self._path(number))

    def load(self, number: int) -> Any:
        """A finished part, memory-mapped."""
        with pa.memory_map(str(self._path(number))) as source, ipc.open_file(source) as reader:
            return reader.read_all()

    def whole(self, suffix: str) -> Path:
        """Where the result is written until it is whole."""
        path = self.folder / f"whole{suffix}"
        path.unlink(missing_ok=True)
        return path

    def drop(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:07d}.arrow"
