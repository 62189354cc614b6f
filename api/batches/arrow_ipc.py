"""Arrow IPC: record batches in, record batches of codes out, as a stream or a file."""

from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.batches.arrow_messages import Messages
from api.batches.numbers import from_texts
from api.batches.rows import REASONS, Answered, Column, Label, Rows, Table, place_of, wrong_body
from gis.arrays import F64
from gis.errors import TooLarge

_REASONS = tuple(Table([reason[language] for reason in REASONS]) for language in (0, 1))


class _Feed:
    """What has come and is not read yet, as a file: pyarrow reads whole messages from it."""

    closed = False

    def __init__(self) -> None:
        self._messages: deque[memoryview] = deque()

    def put(self, message: bytes) -> None:
        self._messages.append(memoryview(message))

    def read(self, size: int = -1) -> memoryview | bytes:
        if not self._messages:
            return b""
        first = self._messages.popleft()
        if 0 <= size < len(first):
            self._messages.appendleft(first[size:])
            return first[:size]
        return first

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to close."""


class ArrowReader:
    """Batches with columns of longitude and latitude: of any type that holds numbers, or texts that are numbers.

    Parameters
    ----------
    limit : bytes of one batch, and of all dictionaries together.
    """

    def __init__(self, limit: int) -> None:
        self.options: dict[str, Any] = {}
        self._limit = limit
        self._messages = Messages(limit)
        self._feed = _Feed()
        self._reader: pa.RecordBatchStreamReader | None = None
        self._held = 0
        self._schema = b""

    def feed(self, data: bytes, *, last: bool) -> Iterable[Rows]:
        """The rows of the batches that are complete.

        Raises
        ------
        InvalidInput
            If this is no Arrow stream, it ends within a message, or has no such columns.
        TooLarge
        """
        for message in self._messages.feed(data):
            if message.is_schema == bool(self._schema):  # the first, or another one
                raise wrong_body("Arrow 流应以唯一的 schema 开头", "an Arrow stream begins with its only schema")
            self._schema = self._schema or message.data
            self._feed.put(message.data)
            if message.has_rows:
                yield self._rows()
                continue
            self._held += message.weight
            if self._held > self._limit:
                raise TooLarge(what="bytes of Arrow dictionaries", limit=self._limit)
        if last and (self._messages.left() or not self._schema):
            raise wrong_body("Arrow 流不完整", "the Arrow stream is cut off")
        if last and self._reader is None:
            self._opened()

    def _rows(self) -> Rows:
        reader = self._opened()
        try:
            batch = reader.read_next_batch()
            x, y = (_numbers(batch.column(place)) for place in place_of(batch.schema.names))
        except (pa.ArrowException, StopIteration, ValueError, OSError) as error:
            raise _unreadable(error) from error
        return Rows(x, y)

    def _opened(self) -> pa.RecordBatchStreamReader:
        if self._reader is None:
            try:
                schema = pa.ipc.read_schema(pa.py_buffer(self._schema))
                places = list(place_of(schema.names))
                options = pa.ipc.IpcReadOptions(included_fields=places, use_threads=False)
                self._reader = pa.ipc.open_stream(pa.PythonFile(self._feed, mode="r"), options=options)
            except (pa.ArrowException, ValueError, OSError) as error:
                raise _unreadable(error) from error
        return self._reader


def _unreadable(error: Exception) -> Exception:
    return wrong_body(f"无法读取 Arrow 数据：{error}", f"no readable Arrow data: {error}")


def _numbers(column: Column) -> F64:
    """A column as numbers, NaN for none.

    Raises
    ------
    InvalidInput
        If it is of a type that holds none.
    """
    column.validate(full=True)
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return from_texts(column)
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise wrong_body(f"坐标列的类型 {kind} 不是数字", f"a column of coordinates has the type {kind}", "schema")
    return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


class ArrowWriter:
    """Batches with ``code`` … as dictionaries, and ``reason_zh``, ``reason_en``; a stream or a file.

    Parameters
    ----------
    file : whether a file is wanted.
    """

    stream_media = "application/vnd.apache.arrow.stream"
    file_media = "application/vnd.apache.arrow.file"

    def __init__(self, *, file: bool) -> None:
        self.media = self.file_media if file else self.stream_media
        self._file = file
        self._sink = _Sink()
        self._writer: pa.RecordBatchStreamWriter | None = None

    def write(self, answered: Answered) -> bytes:
        """A batch; before the first one schema and dictionaries."""
        columns = {name: _column(one) for name, one in answered.columns.items()}
        faults = _indices(answered.faults, pa.int8())
        for name, table in zip(("reason_zh", "reason_en"), _REASONS, strict=True):
            columns[name] = pa.DictionaryArray.from_arrays(faults, table.arrow, safe=False)
        batch = pa.record_batch(list(columns.values()), names=list(columns))
        if self._writer is None:
            make = pa.ipc.new_file if self._file else pa.ipc.new_stream
            self._writer = make(pa.PythonFile(self._sink, mode="w"), batch.schema)
        self._writer.write_batch(batch)
        return self._sink.taken()

    def end(self, error: dict[str, Any] | None = None) -> bytes:
        """The end of the stream, or the file's footer."""
        if error is not None or self._writer is None:
            return b""
        self._writer.close()
        return self._sink.taken()


class _Sink:
    """Takes what pyarrow writes."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing to close."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def _column(column: Label | F64) -> Column:
    """A column without a copy where nothing is missing: indices as the locator gave them."""
    if not isinstance(column, Label):
        return pa.array(column, from_pandas=True)
    return pa.DictionaryArray.from_arrays(_indices(column.index, pa.int32()), column.table.arrow, safe=False)


def _indices(index: NDArray[np.integer[Any]], kind: Any) -> Column:
    none = index < 0
    values = pa.py_buffer(np.ascontiguousarray(index))
    if not none.any():
        return pa.Array.from_buffers(kind, index.size, [None, values], 0)
    valid = pa.py_buffer(np.packbits(~none, bitorder="little"))
    return pa.Array.from_buffers(kind, index.size, [valid, values])
