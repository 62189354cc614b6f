"""Parquet files that every machine sees under the same path: each task of Spark reads its row groups and writes its answers.

No row passes through Java, which takes far longer than the look-up. The tasks tell which files they wrote; only those of the
attempts that Spark counts become the result, so a killed worker or executor neither loses a row nor doubles one.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from gis.points.answers import Wanted, answered_schema, kept
from gis.points.job import Located
from gis.points.places import Places
from gis.spark_workers import Batches, added

_BATCH_ROWS = 1 << 18
_MADE = "part long, name string, rows long, problems long, outside long"


@dataclass(frozen=True, slots=True)
class Split:
    """What one task reads: consecutive row groups of a file."""

    path: str
    groups: tuple[int, ...]


def parquet_files(source: str) -> list[Path] | None:
    """The files of a source if they can be read one by one: one file, or a flat folder of files of one schema.

    None for all else: addresses, folders of folders (whose names are columns), files of several schemas, no Parquet.
    """
    path = Path(source)
    found = [path] if path.is_file() else _listed(path)
    try:
        schemas = [pq.read_schema(file) for file in found]
    except (OSError, pa.ArrowException):
        return None
    return found if found and all(schema.equals(schemas[0]) for schema in schemas) else None


def _listed(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.iterdir() if not path.name.startswith(("_", ".")))
    return [] if any(path.is_dir() for path in found) else found


def splits(files: list[Path], size: int) -> list[Split]:
    """The row groups of files, joined until they have ``size`` compressed bytes; in the order of the rows."""
    found: list[Split] = []
    for file in files:
        metadata = pq.read_metadata(file)
        groups: list[int] = []
        length = 0
        for group in range(metadata.num_row_groups):
            about = metadata.row_group(group)
            groups.append(group)
            length += sum(about.column(column).total_compressed_size for column in range(about.num_columns))
            if length >= size:
                found.append(Split(str(file.absolute()), tuple(groups)))
                groups, length = [], 0
        if groups or not metadata.num_row_groups:
            found.append(Split(str(file.absolute()), tuple(groups)))
    return found


@dataclass(frozen=True)
class FileTask:
    """Answers splits: their rows with the columns wanted go to a file of their own in ``folder``.

    Attributes
    ----------
    index : folder of indexes, see `gis.county_indexes`.
    places : how the place of a row is read.
    """

    index: str
    places: Places
    wanted: Wanted
    folder: str
    splits: tuple[Split, ...]

    def __call__(self, batches: Batches) -> Batches:
        """For each number of a split what was made of it."""
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield self._made(number)

    def _made(self, number: int) -> Any:
        name, done = f"part-{number:06}-{uuid4().hex}.parquet", Located()
        split = self.splits[number]
        with pq.ParquetFile(split.path) as file:
            schema = answered_schema(file.schema_arrow, self.wanted)
            stays = kept(file.schema_arrow, self.wanted)
            with pq.ParquetWriter(Path(self.folder) / name, schema) as writer:
                for table in self._tables(file, split):
                    columns = added(self.index, self.wanted, *self.places.of(table))
                    answered = pa.table([*(table.column(stay) for stay in stays), *columns], schema=schema)
                    done.count(answered)
                    writer.write_table(answered)
        row = {"part": number, "name": name, "rows": done.rows, "problems": done.problems, "outside": done.outside}
        return pa.RecordBatch.from_pylist([row])

    @staticmethod
    def _tables(file: Any, split: Split) -> Iterator[Any]:
        for batch in file.iter_batches(_BATCH_ROWS, row_groups=list(split.groups), use_threads=False):
            yield pa.Table.from_batches([batch])


def answer_files(session: Any, task: FileTask, target: Path) -> Located:
    """Run a task for each of its splits and put what they made under the target's name, all at once.

    Raises whatever a task raises that fails as often as Spark lets it; the target is not there then.
    """
    folder = Path(task.folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    count = len(task.splits)
    made = session.range(0, count, 1, count).mapInArrow(task, _MADE).collect()
    names = {row["name"] for row in made}
    for path in folder.iterdir():
        if path.name not in names:  # left by an attempt that failed
            path.unlink()
    (folder / "_SUCCESS").touch()
    folder.replace(target)
    done = Located()
    for row in made:
        done.rows, done.problems = done.rows + row["rows"], done.problems + row["problems"]
        done.outside += row["outside"]
    return done
