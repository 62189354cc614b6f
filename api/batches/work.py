"""The work of one request: bytes of a question in, bytes of the answer out, block by block, on any thread."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from api.batches.codings import coding
from api.batches.formats import Limits, answer_form, form_of, writer
from api.batches.lookup import Lookup
from api.batches.rows import Rows, Wish, Writer
from api.params import parse_day
from api.service import Service
from gis.errors import InvalidInput, TooLarge, WanggeError

_BYTES_A_POINT = 1024


@dataclass(frozen=True, slots=True)
class Heads:
    """The headers of a request that tell what its body is and how the answer may look."""

    content_type: str | None
    content_encoding: str
    accept: str | None


@dataclass(frozen=True, slots=True)
class Address:
    """What the address of a request asks for; the body's own options come before it."""

    level: int = 6
    datum: str = "cgcs2000"
    crs: str | None = None
    edition: int | None = None
    datetime: str | None = None
    chain: bool = False
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    """What is settled with the first rows."""

    lookup: Lookup
    writer: Writer
    edition: int


class Work:
    """Answers one body.

    Parameters
    ----------
    put : takes the pieces of the answer.

    Raises
    ------
    UnsupportedType, InvalidInput
    """

    def __init__(self, here: Service, heads: Heads, address: Address, put: Callable[[bytes], None]) -> None:
        self._here, self._heads, self._address, self._put = here, heads, address, put
        self._limits = Limits(held=here.settings.max_body_bytes, points=here.settings.max_points)
        self._asked, charset = form_of(heads.content_type)
        self._coding = coding(heads.content_encoding, self._limits.held)
        self._reader = self._asked.reader(self._limits, charset)
        self._begun: _Begun | None = None
        self._points = self._bytes = 0

    def step(self, data: bytes, *, last: bool) -> None:
        """Answer what is complete with ``data``.

        Raises
        ------
        WanggeError
            If the body cannot be read any further.
        """
        for piece, end in _with_end(self._coding.feed(data, last=last), last=last):
            self._bytes += len(piece)
            most = max(self._limits.held, _BYTES_A_POINT * self._limits.points)
            if self._bytes > most:
                raise TooLarge(what="request body", limit=f"{most} B")
            for rows in self._reader.feed(piece, last=end):
                self._answer(rows)
        if last:
            if self._begun is None:  # there was no row
                self._answer(Rows(np.empty(0), np.empty(0)))
            self._put(self.end())

    def end(self, error: WanggeError | None = None) -> bytes:
        """The last piece of the answer, or what its form can tell of the error that ends it."""
        if self._begun is None:
            return b""
        writer = self._begun.writer
        if error is None:
            return writer.end()
        return writer.end({"code": error.code, "detail_zh": error.message("zh"), "detail_en": error.message("en")})

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of the answer, known with its first piece."""
        media, edition = (self._begun.writer.media, self._begun.edition) if self._begun else ("", 0)
        return [
            (b"content-type", media.encode()),
            (b"wangge-edition", str(edition).encode()),
            (b"vary", b"Accept"),
        ]

    def _answer(self, rows: Rows) -> None:
        self._points += rows.x.size
        if self._points > self._limits.points:
            raise TooLarge(what="points", limit=self._limits.points)
        if self._begun is None:
            self._begun = self._begin(rows)
        self._put(self._begun.writer.write(self._begun.lookup(rows)))

    def _begin(self, first: Rows) -> _Begun:
        """Settle everything that the body may say itself: its first rows are there, so it has said it."""
        options = self._reader.options
        coverage = self._here.coverage(self._edition(options))
        edition = coverage.edition.number
        features = not self._asked.streams and first.rest is not None
        form = answer_form(self._heads.accept, self._asked, features=features)
        lookup = Lookup(coverage, _wish(options, self._address))
        return _Begun(lookup, writer(form, self._asked, edition, self._limits), edition)

    def _edition(self, options: dict[str, Any]) -> int:
        own, day = options.get("edition"), options.get("datetime")
        if own is None and day is None:
            own, day = self._address.edition, self._address.datetime
        if own is not None:
            if not isinstance(own, int) or isinstance(own, bool) or not 0 < own < 2**31:
                raise InvalidInput(
                    field="edition", reason_zh="应为正整数", reason_en="must be a whole number from 1 on"
                )
            return self._here.edition(own).number
        return self._here.edition_number(None if day is None else parse_day(str(day)))


def _with_end(pieces: Iterable[bytes], *, last: bool) -> Iterator[tuple[bytes, bool]]:
    """The pieces, and whether each is the last one of the body, which comes even if it is empty."""
    before: bytes | None = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    if last or before is not None:
        yield before or b"", last


def _wish(options: dict[str, Any], address: Address) -> Wish:
    """Level, datum and system that the body names, else the address's.

    Raises
    ------
    InvalidInput
    """

    def chosen(name: str) -> Any:
        own = options.get(name)
        return getattr(address, name) if own is None else own

    level, datum, crs, chain, detail = (chosen(name) for name in ("level", "datum", "crs", "chain", "detail"))
    if level not in (2, 3, 4, 5, 6):
        raise InvalidInput(field="level", reason_zh="应为 2–6 的整数", reason_en="must be a whole number, 2 to 6")
    if not isinstance(crs, str | int | None) or isinstance(crs, bool):
        raise InvalidInput(field="crs", reason_zh="应为文本", reason_en="must be a text")
    if not isinstance(chain, bool):
        raise InvalidInput(field="chain", reason_zh="应为 true 或 false", reason_en="must be true or false")
    if detail not in (None, "border"):
        raise InvalidInput(field="detail", reason_zh="只能是 border", reason_en="can only be border")
    return Wish(int(level), str(datum), None if crs is None else str(crs), chain, detail == "border")
