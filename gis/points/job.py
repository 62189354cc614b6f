"""A file of points in, the same file with each row's grid out: streamed, on two threads, resumable."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gis.datum import Datum
from gis.errors import FileUnreadable
from gis.locate import Locator
from gis.points.answers import Answers, Wanted, answer, answered_schema
from gis.points.arrow import pc
from gis.points.parts import Parts
from gis.points.places import find_places
from gis.points.sources import PART_ROWS, Part, PointSource, opened_points
from gis.points.targets import Shape, needs_whole, writer_for

THREADS = 2
_AHEAD = THREADS + 1  # parts in memory besides the one being written


@dataclass(frozen=True, slots=True)
class Question:
    """How a file is read, and what is asked of it.

    Attributes
    ----------
    wanted : the columns added.
    lon, lat : columns of coordinates, None: by their names.
    crs, datum : of the coordinates; by default the file's own system, else EPSG:4490.
    layer, sheet, encoding : where a file holds several, or does not say.
    """

    wanted: Wanted = field(default_factory=Wanted)
    lon: str | None = None
    lat: str | None = None
    crs: str | None = None
    datum: Datum = "cgcs2000"
    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None


@dataclass(slots=True)
class Located:
    """What was written: rows in all, with a problem, without one but outside every grid; parts an earlier run had made."""

    rows: int = 0
    problems: int = 0
    outside: int = 0
    resumed: int = 0

    def count(self, table: Any) -> None:
        """Add the rows of an answered table."""
        good = pc.is_null(table.column("problem"))
        outside = pc.and_(pc.is_null(table.column("grid_code")), good)
        self.rows += len(table)
        self.problems += len(table) - pc.sum(good).as_py() if len(table) else 0
        self.outside += pc.sum(outside).as_py() or 0


def locate_file(
    source: Path,
    target: Path,
    locator: Locator,
    names: Mapping[str, str],
    question: Question,
    *,
    index: str = "",
    resume: bool = False,
    progress: Callable[[float], None] = lambda _share: None,
) -> Located:
    """Write the rows of a file with the columns wanted added; rows without a usable place get the reason instead.

    The result appears under its name only when it is whole. Until then its parts stand in ``<target>.parts``; they are
    left there when the run is interrupted.

    Parameters
    ----------
    target : its suffix says the format. Geometries stay in their own reference system; where the format wants points
        and the source has columns of coordinates, points in EPSG:4490 are made of them.
    index : what the index is (edition and checksum): parts made with another are not used again.
    resume : whether to go on with the parts of an earlier run.

    Raises
    ------
    FileUnreadable, InvalidInput, InvalidCrs, TooLarge
        If the source cannot be read or the target not be written.
    Conflict
        If the parts to resume with are of another file, index or question.
    """
    if not target.absolute().parent.is_dir():
        raise FileUnreadable(path=target, reason_zh="文件夹不存在", reason_en="the folder does not exist")
    with opened_points(source, layer=question.layer, sheet=question.sheet, encoding=question.encoding) as file:
        places = find_places(
            [name for name in file.schema.names if file.geometry is None or name != file.geometry.column],
            file.geometry,
            lon=question.lon,
            lat=question.lat,
            crs=question.crs,
            datum=question.datum,
        )
        shape = Shape(answered_schema(file.schema, question.wanted), file.geometry, places)
        writer_for(target, shape, whole=True)  # a format that cannot be written is told before the work
        answers = Answers(locator, names, question.wanted)
        parts = Parts(target, _asked(source, question, index), resume=resume)
        run = _Run(file, parts, lambda part: answer(part.table, places, answers, question.wanted, part.broken))
        try:
            _write(run, target, shape, progress)
        except BaseException:
            if not parts.any():
                parts.drop()
            raise
        parts.drop()
    return run.done


def _asked(source: Path, question: Question, index: str) -> dict[str, object]:
    about = source.stat()
    return {
        **asdict(question),
        "source": str(source.resolve()),
        "bytes": about.st_size,
        "changed": about.st_mtime_ns,
        "index": index,
        "part_rows": PART_ROWS,
    }


class _Run:
    """The answered parts in order; each is kept before it is handed on."""

    def __init__(self, source: PointSource, parts: Parts, look_up: Callable[[Part], Any]) -> None:
        self.done = Located()
        self._source = source
        self.parts = parts
        self._look_up = look_up
        self._next = 0

    def tables(self, progress: Callable[[float], None]) -> Iterator[Any]:
        """All parts; those that are kept already are not read again."""
        waiting: deque[tuple[int, Future[Any]]] = deque()
        with ThreadPoolExecutor(THREADS) as pool:
            try:
                for part in self._source.parts(self.parts.__contains__):
                    waiting.append((part.number, pool.submit(self._make, part)))
                    if len(waiting) >= _AHEAD:
                        yield from self._ready(waiting, progress)
                while waiting:
                    yield from self._ready(waiting, progress)
            finally:
                pool.shutdown(cancel_futures=True)
        yield from self._kept_before(None, progress)

    def again(self) -> Iterator[Any]:
        """All parts once more, after `tables` has come to its end."""
        return map(self.parts.load, range(self._next))

    def _make(self, part: Part) -> Any:
        table = self._look_up(part)
        self.parts.save(part.number, table)
        return table

    def _ready(self, waiting: deque[tuple[int, Future[Any]]], progress: Callable[[float], None]) -> Iterator[Any]:
        number, future = waiting.popleft()
        yield from self._kept_before(number, progress)
        yield self._hand_on(future.result(), progress)

    def _kept_before(self, number: int | None, progress: Callable[[float], None]) -> Iterator[Any]:
        while self._next != number and self._next in self.parts:
            self.done.resumed += 1
            yield self._hand_on(self.parts.load(self._next), progress)

    def _hand_on(self, table: Any, progress: Callable[[float], None]) -> Any:
        self._next += 1
        self.done.count(table)
        rows, share = self._source.rows, self._source.share
        progress(self.done.rows / rows if rows else share() if share is not None else 1.0)
        return table


def _write(run: _Run, target: Path, shape: Shape, progress: Callable[[float], None]) -> None:
    made = run.parts.whole(target.suffix)
    failed: list[BaseException] = []

    def tables() -> Iterator[Any]:
        try:
            yield from run.tables(progress)
        except BaseException as error:
            failed.append(error)
            raise

    rows = tables()
    if needs_whole(target):
        for _ in rows:
            pass
        rows = run.again()
    try:
        writer_for(target, shape, whole=run.done.problems == 0)(rows, made)
    except Exception:
        if failed:  # GDAL tells the error of a stream as one of its own
            raise failed[0] from None
        raise
    made.replace(target)
