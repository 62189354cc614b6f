"""Whatever bytes come: an answer with a row for each row, or an error that is told; never anything else."""

import csv
import gzip
import io
import json
from collections.abc import Callable

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.batches.formats import FORMATS
from gis.errors import InvalidInput
from tests.api.batches.conftest import SOUTH, STEP, WEST, Answer
from tests.examples import examples

Ask = Callable[..., Answer]
KINDS = [form.medias[0] for form in FORMATS]
LON, LAT = (
    (WEST + 1.5 * STEP + np.arange(8) * STEP / 3).tolist(),
    (SOUTH + 0.5 * STEP + np.arange(8) * STEP / 2).tolist(),
)


def _arrow(make: Callable[..., object], compression: str | None) -> bytes:
    sink = pa.BufferOutputStream()
    words = pa.array(["a", "b"] * 4).dictionary_encode()
    batch = pa.record_batch({"word": words, "lon": pa.array([*LON[:-1], None]), "lat": LAT, "list": [[1, 2]] * 8})
    with make(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as out:  # type: ignore[attr-defined]
        out.write_batch(batch)
        out.write_batch(batch)
    return sink.getvalue().to_pybytes()


PAIRS = list(zip(LON, LAT, strict=True))
VALID: list[tuple[str, bytes]] = [
    ("application/json", orjson.dumps({"lon": LON, "lat": LAT, "level": 4, "chain": True, "datum": "gcj02"})),
    ("application/json", orjson.dumps([*PAIRS, {"lon": 1, "lat": 2}, None])),
    ("application/geo+json", orjson.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": pair}} for pair in PAIRS
    ]})),
    ("application/x-ndjson", b"".join(orjson.dumps({"id": n, "lon": x, "lat": y}) + b"\n" for n, (x, y) in enumerate(PAIRS))),
    ("text/csv", ("名,lon,lat\r\n" + "".join(f'"镇 ""{x}""",{x},{y}\r\n' for x, y in PAIRS)).encode()),
    ("text/csv; charset=gbk", ("名,lon,lat\n" + "".join(f"镇,{x},{y}\n" for x, y in PAIRS)).encode("gbk")),
    *((kind, _arrow(make, packed))
      for kind, make in (("application/vnd.apache.arrow.stream", pa.ipc.new_stream),
                         ("application/vnd.apache.arrow.file", pa.ipc.new_file))
      for packed in (None, "zstd", "lz4")),
]  # fmt: skip

ODD = st.sampled_from([b"", b'"', b"\n", b"\r", b"\r\n", b",", b"\0", b"\xff", b"[", b"}", b"1e999", b"NaN", b"\xef\xbb\xbf",
                       b"\xff\xff\xff\xff", b"\x80" * 8, b"null", b"\xd5\xf2", "镇".encode(), b"-", b"\x7f\xff\xff\xff"])  # fmt: skip
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), ODD | st.binary(max_size=4)), min_size=1, max_size=4)


def answer_or_error(ask: Ask, body: bytes, kind: str, block: int, **how: str) -> Answer | None:
    try:
        return ask(body, kind, block=block, **how, limits={"max_body_bytes": 1 << 20, "max_points": 1000})
    except InvalidInput as error:
        told = [error.message("zh"), error.message("en")]
    assert all(told)
    return None


def check_readable(answer: Answer) -> int:
    """The rows of an answer, read by a reader of its own."""
    kind = answer.headers["content-type"].partition(";")[0]
    if kind == "text/csv":
        rows = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
        assert all(len(row) >= len(rows[0]) for row in rows)
        return len(rows) - 1
    if kind == "application/x-ndjson":
        return len([json.loads(line) for line in answer.body.splitlines()])
    if kind.startswith("application/vnd"):
        opened = pa.ipc.open_stream(answer.body) if kind.endswith("stream") else pa.ipc.open_file(answer.body)
        table = opened.read_all()
        table.validate(full=True)
        return table.num_rows
    found = json.loads(answer.body)
    return len(found["features"] if kind == "application/geo+json" else found["codes"])


@settings(max_examples=examples(150, 400), deadline=None)
@given(
    st.sampled_from(KINDS),
    st.binary(max_size=200),
    st.integers(1, 250),
    st.sampled_from(["", "gzip", "zstd", "deflate"]),
)
def test_any_bytes(ask: Ask, kind: str, body: bytes, block: int, coding: str) -> None:
    answer = answer_or_error(ask, body, kind, block, coding=coding)
    if answer is not None:
        check_readable(answer)


@settings(max_examples=examples(300, 1000), deadline=None)
@given(st.sampled_from(VALID), CHANGES, st.sampled_from([1, 50, 1 << 20]), st.booleans())
def test_changed_bodies(
    ask: Ask, valid: tuple[str, bytes], changes: list[tuple[float, int, bytes]], block: int, packed: bool
) -> None:
    kind, body = valid
    for where, length, new in changes:
        place = int(where * len(body))
        body = body[:place] + new + body[place + length :]
    answer = answer_or_error(ask, gzip.compress(body) if packed else body, kind, block, coding="gzip" if packed else "")
    if answer is None:
        return
    count = check_readable(answer)
    if kind == "application/x-ndjson":
        assert count == sum(1 for line in body.split(b"\n") if line and not line.isspace())


@settings(max_examples=examples(80, 200), deadline=None)
@given(st.lists(st.lists(st.text(st.sampled_from('a",\n\r 1.镇'), max_size=6), min_size=1, max_size=4), max_size=8),
       st.integers(1, 40))  # fmt: skip
def test_any_cells_never_lose_a_row(ask: Ask, rows: list[list[str]], block: int) -> None:
    """Tables of any cells, written by Python's writer: as many rows come back, each with its cells in front."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["a", "lon", "lat"])
    kept = [row for row in rows if "".join(row).strip()]
    writer.writerows(kept)
    found = list(
        csv.reader(io.StringIO(ask(out.getvalue().encode(), "text/csv", block=block).body.decode(), newline=""))
    )
    assert [row[: len(wanted)] for row, wanted in zip(found[1:], kept, strict=True)] == kept


@pytest.mark.parametrize(("kind", "body"), VALID)
def test_the_bodies_that_are_changed_are_right(ask: Ask, kind: str, body: bytes) -> None:
    assert check_readable(ask(body, kind)) in {8, 10, 16}
