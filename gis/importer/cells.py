"""Checks of single cells, the same for every kind of record: each returns values and keeps the findings."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import TypeVar

from gis.clock import CHINA, local_now
from gis.importer import values
from gis.importer.county import County, Named, resolve
from gis.importer.fields import FIELDS, Field
from gis.importer.findings import Finding
from gis.importer.mapping import Mapped
from gis.importer.table import EXTRA

Word = TypeVar("Word")
_SHOWN = 40  # characters of a cell that a reason repeats


def is_day(at: datetime) -> bool:
    """Whether a time is only a day: midnight in China."""
    return at.astimezone(CHINA).time() == time()


class Cells:
    """The cells of a table by field; `findings` grows with every check.

    All lists returned are (n,), one entry a row.
    """

    def __init__(self, mapped: Mapped) -> None:
        self._mapped = mapped
        self._fields = {field.name: field for field in FIELDS[mapped.kind]}
        self.findings: list[Finding] = []
        extra = mapped.table.columns.get(EXTRA, [])
        self.findings += [Finding("extra-cells", i, values={"value": cell}) for i, cell in enumerate(extra) if cell]

    def texts(self, field: str) -> list[str]:
        """Texts as they are, empty where there is nothing."""
        return self._mapped.texts(field)

    def names(self, field: str, *, required: bool = False) -> list[str]:
        """Names; those that lost a character are told, missing ones are errors if required."""
        texts = self._mapped.texts(field)
        for i, text in enumerate(texts):
            if not text and required:
                self._tell("missing-name", i, field)
            elif values.lost_characters(text):
                self._tell("lost-character", i, field, text)
        return texts

    def words(self, field: str, known: Mapping[str, Word], *, required: bool = False) -> list[Word | None]:
        """Values of words; unknown ones are errors, and so are missing ones if required."""
        options = "、".join({value: word for word, value in reversed(list(known.items()))}.values())
        found: list[Word | None] = []
        for i, text in enumerate(self._mapped.texts(field)):
            value = known.get(values.folded(text))
            if value is None and (text or required):
                self._tell("bad-value", i, field, text, known=options)
            found.append(value)
        return found

    def counts(self, field: str) -> list[int | None]:
        """Whole numbers above 0, None where there is nothing."""
        found: list[int | None] = []
        for i, text in enumerate(self._mapped.texts(field)):
            value = values.whole(text) if text else None
            if text and not value:
                self._tell("bad-count", i, field, text)
            found.append(value or None)
        return found

    def moments(self, field: str, *, required: bool = False, past: bool = True) -> list[datetime | None]:
        """Times; None where there is nothing. Those that lie in the future are errors if they must be past."""
        now = local_now()
        found: list[datetime | None] = []
        for i, text in enumerate(self._mapped.texts(field)):
            value = values.moment(text) if text else None
            if value is None and (text or required):
                self._tell("bad-date" if text else "missing-date", i, field, text)
            elif value is not None and past and value > now:
                self._tell("future-date", i, field, text)
            found.append(value)
        return found

    def in_order(
        self, earlier: str, first: Sequence[datetime | None], later: str, then: Sequence[datetime | None]
    ) -> None:
        """Check that one time does not lie before another; where one is only a day, the days are compared."""
        before, after = self._fields[earlier], self._fields[later]
        labels = {
            "earlier_zh": before.label_zh,
            "earlier_en": before.label_en,
            "later_zh": after.label_zh,
            "later_en": after.label_en,
        }
        for i, (a, b) in enumerate(zip(first, then, strict=True)):
            if a is None or b is None or b >= a:
                continue
            if not (is_day(a) or is_day(b)) or b.astimezone(CHINA).date() < a.astimezone(CHINA).date():
                self.findings.append(Finding("date-order", i, values=labels))

    def phones(self) -> list[str | None]:
        """Phone numbers as they are written; odd ones are told."""
        texts = self._mapped.texts("phone")
        for i, text in enumerate(texts):
            if text and not values.is_phone(text):
                self._tell("odd-phone", i, "phone", text)
        return [text or None for text in texts]

    def codes(self, field: str) -> list[str]:
        """Codes without blanks and hyphens; those that a spreadsheet has damaged are errors and come back empty."""
        found: list[str] = []
        for i, text in enumerate(self._mapped.texts(field)):
            damaged = values.DAMAGED.fullmatch(text) is not None
            if damaged:
                self._tell("damaged-code", i, field, text)
            found.append("" if damaged else values.code(text))
        return found

    def named(self, county: County | None) -> list[Named]:
        """Which grid each row names, with findings for names that the county does not have."""
        grids, villages, townships = self.codes("grid"), self._mapped.texts("village"), self._mapped.texts("township")
        if county is None:
            return [Named()] * len(grids)
        known: dict[tuple[str, str, str], Named] = {}
        found: list[Named] = []
        for i, said in enumerate(zip(villages, townships, grids, strict=True)):
            if said not in known:
                known[said] = resolve(county, *said)
            if known[said].rule:
                self.findings.append(Finding(known[said].rule, i, values={"value": (said[2] or said[0])[:_SHOWN]}))
            found.append(known[said])
        return found

    def repeated(self, keys: Sequence[object]) -> Iterator[tuple[int, int]]:
        """Rows whose key (if it is not None) was there before, with the number of the first such row."""
        first: dict[object, int] = {}
        for i, key in enumerate(keys):
            if key is not None and first.setdefault(key, i) != i:
                yield i, self._mapped.table.rows[first[key]]

    def _tell(self, rule: str, row: int, field: str, text: str = "", **more: object) -> None:
        mine: Field = self._fields[field]
        labels = {"label_zh": mine.label_zh, "label_en": mine.label_en, "value": text[:_SHOWN]}
        self.findings.append(Finding(rule, row, values={**labels, **more}))
