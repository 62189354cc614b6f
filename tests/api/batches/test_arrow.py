"""Arrow IPC: streams and files, whole or cut anywhere, of every type that holds numbers; broken ones are told."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from api.batches.arrow_messages import Messages
from gis.errors import InvalidInput, TooLarge
from tests.api.batches.conftest import SOUTH, STEP, WEST, Answer, code_of

Ask = Callable[..., Answer]
KIND, FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"
LON, LAT = WEST + 1.5 * STEP, SOUTH + 2.5 * STEP
CODE = code_of(LON, LAT)


def written(batches: list[Any], *, make: Callable[..., Any] = pa.ipc.new_stream, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with make(sink, batches[0].schema, options=pa.ipc.IpcWriteOptions(**options)) as out:
        for batch in batches:
            out.write_batch(batch)
    return sink.getvalue().to_pybytes()


def batch(count: int, seed: int = 0, **others: Any) -> Any:
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(WEST, WEST + 7 * STEP, count), rng.uniform(SOUTH, SOUTH + 7 * STEP, count)
    return pa.record_batch({"name": pa.array(["x"] * count), "lon": lon, **others, "lat": lat})


def read(answer: Answer) -> Any:
    opened = (
        pa.ipc.open_stream(answer.body) if answer.headers["content-type"] == KIND else pa.ipc.open_file(answer.body)
    )
    return opened.read_all()


def wanted(*batches: Any) -> list[str | None]:
    pairs = [pair for one in batches for pair in zip(one["lon"].to_pylist(), one["lat"].to_pylist(), strict=True)]
    return [code_of(lon, lat) for lon, lat in pairs]


@pytest.mark.parametrize("block", [1, 13, 1000, 1 << 20])
@pytest.mark.parametrize("make", [pa.ipc.new_stream, pa.ipc.new_file])
@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
def test_batches_however_they_come(ask: Ask, block: int, make: Callable[..., Any], compression: str | None) -> None:
    words = pa.array(["a", "b", "a"] * 10).dictionary_encode()
    parts = [batch(30, seed, word=words, deep=pa.array([[1, None]] * 30)) for seed in range(3)]
    answer = ask(written(parts, make=make, compression=compression), KIND, block=block)
    table = read(answer)
    assert table["code"].to_pylist() == wanted(*parts)
    assert table.schema.names == ["code", "reason_zh", "reason_en"]
    assert table.schema.field("code").type == pa.dictionary(pa.int32(), pa.string())
    assert table["reason_en"].null_count == 90


def test_an_older_stream_and_one_without_an_end(ask: Ask) -> None:
    part = batch(20)
    whole = written([part])
    for body in (written([part], use_legacy_format=True), whole[:-8], whole + b"behind the end"):
        assert read(ask(body, KIND))["code"].to_pylist() == wanted(part)


@pytest.mark.parametrize("level", [2, 3, 4, 5, 6])
def test_dictionaries_hold_each_code_once(ask: Ask, level: int) -> None:
    part = batch(500)
    column = read(ask(written([part]), KIND, level=level))["code"].chunk(0)
    codes = column.dictionary.to_pylist()
    assert len(set(codes)) == len(codes)
    width = {2: 6, 3: 9, 4: 12, 5: 15, 6: 17}[level]
    assert column.to_pylist() == [code and code[:width] for code in wanted(part)]
    column.validate(full=True)


def test_rows_without_numbers_have_reasons(ask: Ask) -> None:
    lon = pa.array([LON, None, float("nan"), LON, float("inf"), 500.0, LON])
    lat = pa.array([LAT, LAT, LAT, None, LAT, LAT, LAT])
    table = read(ask(written([pa.record_batch({"lon": lon, "lat": lat})]), KIND, chain=True, detail="border"))
    assert table["code"].to_pylist() == [CODE, None, None, None, None, None, CODE]
    assert [reason is None for reason in table["reason_zh"].to_pylist()] == [True, *[False] * 5, True]
    assert "finite" in table["reason_en"][1].as_py()
    assert "axes" in table["reason_en"][5].as_py()
    assert table["level2"].to_pylist() == ["532322", *[None] * 5, "532322"]
    assert table["how"].to_pylist() == ["inside", *[None] * 5, "inside"]
    assert table["border_m"].null_count == 5
    assert table["neighbour"].null_count == 5


@pytest.mark.parametrize(
    "kind", [pa.float32(), pa.float16(), pa.int64(), pa.uint8(), pa.decimal128(30, 9), pa.string(), pa.large_string(),
             pa.string_view(), pa.dictionary(pa.int8(), pa.float64()), pa.dictionary(pa.int8(), pa.string())],
)  # fmt: skip
def test_numbers_of_every_type(ask: Ask, kind: Any) -> None:
    lon = pa.array([101, None, 101]).cast(kind.value_type if pa.types.is_dictionary(kind) else kind)
    if pa.types.is_dictionary(kind):
        lon = lon.dictionary_encode().cast(kind)
    part = pa.record_batch({"x": lon, "y": pa.array([24.01, 24.01, 24.01])})
    assert read(ask(written([part]), KIND))["code"].to_pylist() == [code_of(101, 24.01), None, code_of(101, 24.01)]


@pytest.mark.parametrize("kind", [pa.bool_(), pa.list_(pa.float64()), pa.date32(), pa.binary()])
def test_columns_that_are_no_numbers(ask: Ask, kind: Any) -> None:
    part = pa.record_batch({"lon": pa.array([None], kind), "lat": pa.array([1.0])})
    with pytest.raises(InvalidInput, match="type"):
        ask(written([part]), KIND)


def test_no_rows(ask: Ask) -> None:
    for batches in ([batch(0)], [batch(0), batch(0)]):
        table = read(ask(written(batches), KIND))
        assert (table.num_rows, table.schema.names[0]) == (0, "code")
    schema = pa.schema({"lon": pa.float64(), "lat": pa.float64()})
    sink = pa.BufferOutputStream()
    pa.ipc.new_stream(sink, schema).close()
    assert read(ask(sink.getvalue().to_pybytes(), KIND)).num_rows == 0


def test_files_out(ask: Ask) -> None:
    parts = [batch(30, seed) for seed in range(4)]
    answer = ask(written(parts), KIND, block=900, accept=FILE)
    assert answer.headers["content-type"] == FILE
    assert read(answer)["code"].to_pylist() == wanted(*parts)


def test_streams_that_are_none(ask: Ask) -> None:
    whole = written([batch(50), batch(50)])
    other = written([pa.record_batch({"a": [1.0], "b": [2.0]})])
    for body in (b"", b"ARROW1\0\0", b"lon,lat\n1,2\n", b"\0" * 64, b"\xff" * 64, whole[9:], other, whole[:40]):
        with pytest.raises(InvalidInput):
            ask(body, KIND)


def test_a_stream_that_is_cut_off_is_told(ask: Ask) -> None:
    whole = written([batch(50), batch(50)])
    ends = np.cumsum([len(message.data) for message in Messages(1 << 20).feed(whole)])
    for cut in range(0, len(whole) - 8, 7):
        if cut not in ends:
            with pytest.raises(InvalidInput):
                ask(whole[:cut], KIND)


def test_what_grows_when_it_is_unpacked_is_refused(ask: Ask) -> None:
    zeros = pa.record_batch({"lon": np.zeros(4_000_000), "lat": np.zeros(4_000_000)})
    body = written([zeros], compression="zstd")
    assert len(body) < 100_000
    with pytest.raises(TooLarge):
        ask(body, KIND)
    # A buffer that lies about its length is unreadable, not an allocation.
    honest = bytearray(written([batch(1000)], compression="zstd"))
    place = honest.find(struct.pack("<q", 8000))
    honest[place : place + 8] = struct.pack("<q", 1 << 40)
    with pytest.raises(TooLarge):
        ask(bytes(honest), KIND)
    nothing = pa.record_batch([pa.nulls(100_000_000), pa.nulls(100_000_000)], names=["lon", "lat"])
    with pytest.raises(TooLarge):
        ask(written([nothing]), KIND)


def test_dictionaries_are_bounded(ask: Ask) -> None:
    def part(seed: int) -> Any:
        words = pa.array([f"{seed}-{number}" + "x" * 200 for number in range(1000)]).dictionary_encode()
        return batch(1000, seed, word=words)

    body = written([part(seed) for seed in range(20)])
    with pytest.raises(TooLarge):
        ask(body, KIND, limits={"max_body_bytes": 1 << 20})
    assert read(ask(body, KIND)).num_rows == 20_000
