"""CSV in blocks of any size: every row comes back as it came, with its answer, whatever the others are like."""

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InvalidInput
from tests.api.batches.conftest import SOUTH, STEP, WEST, Answer, code_of
from tests.examples import examples

Ask = Callable[..., Answer]
LON, LAT = WEST + 1.5 * STEP, SOUTH + 2.5 * STEP
CODE = code_of(LON, LAT) or ""


def rows_of(answer: Answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.body.decode(), newline="")))


def table(rows: list[list[str]], *, end: str = "\r\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r") | st.sampled_from('",\n镇'), max_size=8
)
PLACES = st.floats(WEST - STEP, WEST + 8 * STEP), st.floats(SOUTH - STEP, SOUTH + 8 * STEP)
ROWS = st.lists(st.tuples(CELLS, *PLACES, CELLS), max_size=12)


@settings(max_examples=examples(50, 150), deadline=None)
@given(ROWS, st.integers(1, 200), st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_any_table_comes_back_with_its_codes(
    ask: Ask, rows: list[tuple[str, float, float, str]], block: int, end: str, quoting: int
) -> None:
    given_rows = [[name, repr(lon), repr(lat), note] for name, lon, lat, note in rows]
    body = table([["name", "Lon", "lat", "note"], *given_rows], end=end, quoting=quoting)
    answer = ask(body, "text/csv", block=block)
    wanted = [[*row, code_of(lon, lat) or "", ""] for row, (_, lon, lat, _) in zip(given_rows, rows, strict=True)]
    assert rows_of(answer) == [["name", "Lon", "lat", "note", "grid_code", "problem"], *wanted]
    for line in body.rstrip(b"\r\n").split(b"\n"):
        assert line.rstrip(b"\r") in answer.body


def test_rows_that_are_no_rows_spoil_no_others(ask: Ask) -> None:
    good = f"x,{LON},{LAT}"
    bad = ["short", f"too,{LON},{LAT},many", "n,a,b", "n,,", "n,nan,inf", "n,1e999,2", "n,0x10,1_0", '"open', "n,500,1"]
    body = "\n".join(["name,lon,lat", *(line for one in bad for line in (good, one))]) + f"\n\n   \n{good}"
    for block in (1, 7, 64, 4096):
        found = rows_of(ask(body.encode(), "text/csv", block=block))[1:]
        assert [row[3] for row in found[0::2]] == [CODE] * (len(bad) + 1)
        assert [row[0] for row in found[1::2]] == ["short", "too", *["n"] * 5, '"open', "n"]
        assert all(row[-1] for row in found[1::2])
        assert all(CODE not in row for row in found[1::2])


def test_numbers_as_people_write_them(ask: Ask) -> None:
    forms = [f"{LON}", f" {LON} ", f"+{LON}", f'"{LON}"', f"{LON * 10}e-1", f"{LON:.10f}"]
    for form in forms:
        found = rows_of(ask(f"lon,lat\n{form},{LAT}\n".encode(), "text/csv"))
        assert found[1][2:] == [CODE, ""], form
    assert rows_of(ask(f"lon,lat\n101.,24.\n{LON},{LAT}\nx,1\n".encode(), "text/csv"))[1][2] == code_of(101, 24)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_inside_and_between_rows_stay(ask: Ask, end: str) -> None:
    body = f'lon,lat,note{end}{LON},{LAT},"two\nlines"{end}{LON},{LAT},"two\r\nlines"{end}'.encode()
    answer = ask(body, "text/csv").body.decode()
    assert answer == (
        f'lon,lat,note,grid_code,problem{end}{LON},{LAT},"two\nlines",{CODE},{end}{LON},{LAT},"two\r\nlines",{CODE},{end}'
    )


def test_quotes_in_odd_places(ask: Ask) -> None:
    body = f'name,lon,lat\n5" pipe,{LON},{LAT}\n"a"b,{LON},{LAT}\n"""",{LON},{LAT}\n"unclosed,{LON},{LAT}\nlast,{LON},{LAT}\n'
    for block in (1, 30, 4096):
        found = rows_of(ask(body.encode(), "text/csv", block=block))[1:]
        assert [row[0] for row in found] == ['5" pipe', "ab", '"', '"unclosed', "last"]
        assert [row[3] for row in found] == [CODE] * 5


def test_a_row_that_is_too_long_is_left_out_and_told(ask: Ask) -> None:
    long = "z" * (3 << 20)
    body = f"lon,lat,note\n{LON},{LAT},a\n{LON},{LAT},{long}\n{LON},{LAT},b\n".encode()
    found = rows_of(ask(body, "text/csv", block=1 << 18))[1:]
    assert [row[3] for row in found] == [CODE, "", CODE]
    assert found[1][0] == "…"
    assert found[1][-1]


@pytest.mark.parametrize("charset", ["gbk", "gb18030", "utf-16", "utf-8-sig", "big5"])
def test_charsets(ask: Ask, charset: str) -> None:
    body = f"名稱,lon,lat\n大莊,{LON},{LAT}\n,{LON},{LAT}\n".encode(charset)
    for block in (1, 5, 4096):
        answer = ask(body, f"text/csv; charset={charset}", block=block)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert rows_of(answer)[1] == ["大莊", str(LON), str(LAT), CODE, ""]


def test_bytes_of_another_charset_are_told_in_their_row(ask: Ask) -> None:
    body = b"name,lon,lat\n" + "镇".encode("gbk") + f",{LON},{LAT}\n好,{LON},{LAT}\n".encode()
    found = rows_of(ask(body, "text/csv"))[1:]
    assert [row[3] for row in found] == [CODE, CODE]
    assert "�" in found[0][0]
    assert "charset" in found[0][4]
    assert found[1] == ["好", str(LON), str(LAT), CODE, ""]


@pytest.mark.parametrize("charset", ["klingon", "hex", "zip", "undefined", "idna", "rot13", ""])
def test_charsets_that_are_none(ask: Ask, charset: str) -> None:
    with pytest.raises(InvalidInput):
        ask(b"lon,lat\n1,2\n", f'text/csv; charset="{charset}"')


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"name,where\na,b\n", b"\xff\xff", "名,经\n".encode("gbk"), b'"lon,lat\n1,2\n']
)
def test_headers_that_are_none(ask: Ask, body: bytes) -> None:
    with pytest.raises(InvalidInput):
        ask(body, "text/csv")


def test_no_rows(ask: Ask) -> None:
    for body in (b"lon,lat", b"lon,lat\n", b"lon,lat\r\n\r\n"):
        assert rows_of(ask(body, "text/csv")) == [["lon", "lat", "grid_code", "problem"]]


def test_columns_of_that_name_are_kept(ask: Ask) -> None:
    body = f"grid_code,lon,lat,problem\nold,{LON},{LAT},p\n".encode()
    assert rows_of(ask(body, "text/csv")) == [
        ["grid_code", "lon", "lat", "problem", "grid_code_2", "problem_2"],
        ["old", str(LON), str(LAT), "p", CODE, ""],
    ]


def test_chain_and_border(ask: Ask) -> None:
    body = f"lon,lat\n{LON},{LAT}\n{WEST + STEP},{LAT}\n0,0\n,\n".encode()
    found = rows_of(ask(body, "text/csv", chain=True, detail="border"))
    assert found[0][2:] == ["grid_code", *(f"level{n}" for n in range(2, 7)), "how", "border_m", "neighbour", "problem"]
    assert found[1][2:8] == [CODE, *(CODE[:width] for width in (6, 9, 12, 15, 17))]
    assert found[1][8] == "inside"
    assert float(found[1][9]) > 0
    assert found[2][8:10] == ["border", "0"]
    assert found[3][2:] == ["", "", "", "", "", "", "outside", "", "", ""]
    assert found[4][2:-1] == [""] * 9
    assert found[4][-1]


def test_many_blocks_of_many_rows(ask: Ask) -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(WEST, WEST + 7 * STEP, 50_000), rng.uniform(SOUTH, SOUTH + 7 * STEP, 50_000)
    lines = [f"{number},{x!r},{y!r}" for number, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))]
    found = rows_of(ask("\n".join(["id,x,y", *lines]).encode(), "text/csv", block=100_000))[1:]
    assert [int(row[0]) for row in found] == list(range(50_000))
    assert [row[3] or None for row in found] == [code_of(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
