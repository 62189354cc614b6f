"""The tasks of Spark that read and write files themselves: every row once, in its order, whatever an attempt left behind."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.county_indexes import save_county_indexes
from gis.index_file import Manifest
from gis.points.answers import Answers, Wanted, answer
from gis.points.places import find_places
from gis.spark_files import FileTask, answer_files, parquet_files, splits
from tests.gis.points.squares import CODES, NAMES, locator, points_table

WANTED = Wanted(chain=True, names=True)


class _Rows:
    """What stands for a Spark session: one task after another, an attempt that dies before each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def range(self, first: int, end: int, _step: int, _partitions: int) -> "_Rows":
        self._numbers = list(range(first, end))
        return self

    def mapInArrow(self, task: FileTask, _schema: str) -> Any:  # noqa: N802 - its name in Spark
        def collect() -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = []
            for number in self._numbers:
                (self._folder / f"part-{number:06}-dead.parquet").write_bytes(b"PAR1")
                batch = pa.record_batch({"id": [number]})
                rows += [row for made in task(iter([batch])) for row in made.to_pylist()]
            return rows

        return SimpleNamespace(collect=collect)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("indexes") / "index"
    manifest = Manifest(1, date(2023, 1, 1), "两县", synthetic=True, counties=("532322", "532322"), grids=len(CODES))
    save_county_indexes(folder, manifest, NAMES, list(CODES), np.array(list(CODES.values()), dtype=np.object_))
    return folder


def many() -> Any:
    table = pa.concat_tables([points_table()] * 50)
    number = pa.array(np.arange(len(table)))
    lon = pa.array(table.column("lon").to_numpy(), mask=np.arange(len(table)) % 17 == 0)
    return table.set_column(1, "lon", lon).append_column("编号", number)


def test_every_row_is_answered_once_in_its_order(index: Path, tmp_path: Path) -> None:
    table = many()
    (tmp_path / "points").mkdir()
    for name, first in (("a.parquet", 0), ("b.parquet", 170)):
        rows = table.slice(first, 170 if first == 0 else None)
        pq.write_table(rows, tmp_path / "points" / name, row_group_size=40)
    (tmp_path / "points" / "_SUCCESS").touch()
    files = parquet_files(str(tmp_path / "points"))
    assert files is not None
    places = find_places(table.column_names, None)
    task = FileTask(str(index), places, WANTED, str(tmp_path / "made.parts"), tuple(splits(files, 1)))
    assert len(task.splits) == 5 + 4
    done = answer_files(_Rows(tmp_path / "made.parts"), task, tmp_path / "made")
    found = pq.read_table(tmp_path / "made")
    expected = answer(table, places, Answers(locator(), NAMES, WANTED), WANTED)
    assert found.column_names == expected.column_names
    for name in found.column_names:
        assert found.column(name).to_pylist() == expected.column(name).to_pylist(), name
    assert (done.rows, done.problems) == (300, -(-300 // 17))
    codes = expected.column("grid_code").null_count
    assert done.outside == codes - done.problems > 0
    assert sorted(path.name[:11] for path in (tmp_path / "made").glob("part-*")) == [f"part-{n:06}" for n in range(9)]
    assert not (tmp_path / "made.parts").exists()


@given(
    groups=st.lists(st.integers(0, 40), max_size=4).map(lambda sizes: [max(size, 1) for size in sizes]),
    size=st.integers(1, 3_000),
)
def test_row_groups_are_split_without_loss(
    tmp_path_factory: pytest.TempPathFactory, groups: list[int], size: int
) -> None:
    path = tmp_path_factory.mktemp("split") / "rows.parquet"
    with pq.ParquetWriter(path, pa.schema([("n", pa.int64())])) as writer:
        for rows in groups:
            writer.write_table(pa.table({"n": np.random.default_rng(rows).integers(0, 1 << 60, rows)}))
    found = splits([path], size)
    assert [group for split in found for group in split.groups] == list(range(len(groups)))
    metadata = pq.read_metadata(path)
    for split in found[:-1]:
        lengths = [metadata.row_group(group).column(0).total_compressed_size for group in split.groups]
        assert sum(lengths) >= size > sum(lengths[:-1])
    assert len(found) >= 1


def test_other_sources_are_left_to_spark(tmp_path: Path) -> None:
    table = points_table()
    tree = tmp_path / "tree" / "year=2024"
    tree.mkdir(parents=True)
    pq.write_table(table, tree / "a.parquet")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    pq.write_table(table, mixed / "a.parquet")
    pq.write_table(table.drop_columns(["lat"]), mixed / "b.parquet")
    text = tmp_path / "points.csv"
    text.write_text("lon,lat\n101,24\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for source in (tree.parent, mixed, text, tmp_path / "empty", tmp_path / "none", f"file://{tree}/a.parquet"):
        assert parquet_files(str(source)) is None, source
    assert parquet_files(str(tree)) == [tree / "a.parquet"]
