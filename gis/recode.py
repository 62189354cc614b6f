"""Many old codes at once: what each has become, with weights, by a handful of queries however many there are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gis.codes import UNIT_LEVEL, WIDTHS, ancestors, is_code, level_of
from gis.db import Connection, load_queries
from gis.errors import InvalidInput
from gis.grids import check_system
from gis.importer.values import code as plain_code
from gis.successors import Heir, Leaf, Passing, heirs_of, without_people

_SQL = load_queries(Path(__file__).with_name("recode.sql"))

RecodeKind = Literal["unchanged", "renamed", "moved", "split", "merged", "unknown"]
Weights = Literal["area", "households"]
Reason = tuple[str, str]

KINDS: dict[RecodeKind, tuple[str, str]] = {
    "unchanged": ("未变", "the same grid: same code, same ground, same name"),
    "renamed": ("更名或换码", "the same ground under another name or code"),
    "moved": ("调整界线", "it keeps its code, and gave ground to grids that stood already"),
    "split": ("拆分", "its ground went to several grids, some of them new or itself retired"),
    "merged": ("并入", "all of it went into a grid that also holds other ground"),
    "unknown": ("无法转换", "no code of the system, or not of that time; the reason says which"),
}
NO_CODE: Reason = ("没有编码", "there is no code")
LOST_DIGITS: Reason = (
    "编码被当作数字保存，末几位已丢失；请将该列改为文本",
    "it was kept as a number and lost its last digits: keep the column as text",
)
NOT_A_CODE: Reason = ("不符合网格编码规则", "it is not a grid code")
NEVER: Reason = ("从未有过这个编码", "there has never been such a code")
NO_HEIRS: Reason = ("已撤销，没有后继记录", "it is retired, and no successor is recorded")


@dataclass(frozen=True, slots=True)
class Becoming:
    """A code of today that holds ground of an old one; ``weight`` is its share of it, 0 to 1."""

    code: str
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Recoded:
    """What an old code has become: the heaviest first, nothing where it is unknown, and why then."""

    kind: RecodeKind
    heirs: tuple[Becoming, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How codes are to be understood and what they are to become.

    Attributes
    ----------
    system : code system of the codes, the service's own if not given.
    first : edition the codes are of; without it each is taken as it last stood, so that standing codes stay.
    last : edition whose codes are wanted.
    weights : share of the old grid's area or of its households; by area where it had no households.
    sees : whether the asker may know of the households of an old grid; for the others shares of households come as
        `gis.successors.without_people` shows them, or the area's take their place.
    k : counts below it are small.
    """

    last: int
    first: int | None = None
    system: str | None = None
    weights: Weights = "area"
    sees: Callable[[str], bool] = lambda _code: True
    k: int = 1


@dataclass(frozen=True, slots=True)
class _Version:
    start: int
    end: int | None
    name: str

    def stands(self, edition: int) -> bool:
        return self.start <= edition and (self.end is None or self.end > edition)


@dataclass(frozen=True)
class _Known:
    """All that the answers are made from."""

    versions: Mapping[str, Sequence[_Version]]
    leaves: Mapping[str, Sequence[Leaf]]
    passings: Mapping[str, Sequence[Passing]]
    """By old basic grid."""
    sources: Mapping[str, set[str]]
    """Codes of one level that gave ground to a code of that level."""

    def at(self, code: str, edition: int) -> _Version | None:
        return next((v for v in self.versions.get(code, ()) if v.stands(edition)), None)


def recode(connection: Connection, codes: Iterable[str], question: Question) -> dict[str, Recoded]:
    """What each different text of some codes has become.

    Raises
    ------
    InvalidInput
        If there is no such code system, or the edition the codes are of is later than the one wanted.
    """
    if question.first is not None and question.first > question.last:
        raise InvalidInput(field="from", reason_zh="晚于目标版本", reason_en="is later than the edition wanted")
    texts = dict.fromkeys(codes)
    own, refused = _own(connection, texts, question)
    asked = sorted({code for shares in own.values() for code, _ in shares})
    known, starts = _know(connection, asked, question)
    single = {code: _one(code, starts.get(code), known, question) for code in asked}
    together = {text: _together([(single[code], share) for code, share in shares]) for text, shares in own.items()}
    return {text: refused[text] if text in refused else together[text] for text in texts}


def _own(
    connection: Connection, texts: Iterable[str], question: Question
) -> tuple[dict[str, list[tuple[str, float]]], dict[str, Recoded]]:
    """The service's own codes that each text stands for, with their shares; and the texts that stand for none.

    A foreign code means what it meant in the edition that the codes are of, by default in the one wanted.
    """
    system = question.system
    own: dict[str, list[tuple[str, float]]] = defaultdict(list)
    refused: dict[str, Recoded] = {}
    if system is None:
        for text in texts:
            code = plain_code(text)
            reason = _why_not(code)
            if reason is None:
                own[text] = [(code, 1.0)]
            else:
                refused[text] = Recoded("unknown", reason=reason)
        return own, refused
    check_system(connection, system)
    by_code: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        if "\0" not in text:  # which no database keeps
            by_code[text.strip()].append(text)
    given = {"system": system, "codes": list(by_code), "edition": question.first or question.last}
    for foreign, code, share in connection.execute(_SQL["aliases_of"], given):
        for text in by_code[foreign]:
            own[text].append((code, share))
    absent = (f"编码体系 {system} 中没有它", f"the system {system} has no such code")
    for text in texts:
        if text not in own:
            refused[text] = Recoded("unknown", reason=absent if text.strip() else NO_CODE)
    return own, refused


def _why_not(code: str) -> Reason | None:
    if not code:
        return NO_CODE
    if not is_code(code) or level_of(code) == UNIT_LEVEL:
        rounded = "e+" in code or (code.isdigit() and len(code) == WIDTHS[6] and code.endswith("00"))
        return LOST_DIGITS if rounded else NOT_A_CODE
    return None


def _know(connection: Connection, asked: list[str], question: Question) -> tuple[_Known, dict[str, int]]:
    """Read what concerns the codes asked for; also from which edition on each of those that stood is followed."""
    versions = _versions(connection, asked, question.last)
    starts: dict[str, int] = {}
    for code in asked:
        start = _start(versions.get(code, []), question)
        if start is not None:
            starts[code] = start
    given = {"first": min(starts.values(), default=question.last), "last": question.last}
    passings = [Passing(*row) for row in connection.execute(_SQL["passages_between"], given)]
    latest: dict[str, int] = {}
    sources: dict[str, set[str]] = defaultdict(set)
    by_old: dict[str, list[Passing]] = defaultdict(list)
    for passing in passings:
        by_old[passing.old].append(passing)
        for old, new in zip(
            [*ancestors(passing.old), passing.old], [*ancestors(passing.new), passing.new], strict=True
        ):
            latest[old] = passing.edition
            if old != new:
                sources[new].add(old)
    followed = [code for code, start in starts.items() if latest.get(code, 0) > start]
    leaves: dict[str, list[Leaf]] = defaultdict(list)
    given = {"codes": followed, "editions": [starts[code] for code in followed]}
    for code, leaf, area_m2, households in connection.execute(_SQL["leaves_of"], given):
        leaves[code].append((leaf, area_m2, households))
    versions |= _versions(connection, sorted(sources.keys() - versions.keys()), question.last)
    return _Known(versions, leaves, by_old, sources), starts


def _versions(connection: Connection, codes: list[str], last: int) -> dict[str, list[_Version]]:
    found: dict[str, list[_Version]] = defaultdict(list)
    for code, *rest in connection.execute(_SQL["versions_of"], {"codes": codes, "last": last}):
        found[code].append(_Version(*rest))
    return found


def _start(versions: Sequence[_Version], question: Question) -> int | None:
    """The edition in which a code is taken: the one asked for, else the last in which it stood; None if it did not."""
    if question.first is not None:
        return question.first if any(v.stands(question.first) for v in versions) else None
    if not versions:
        return None
    end = versions[-1].end
    return question.last if end is None or end > question.last else end - 1


def _one(code: str, start: int | None, known: _Known, question: Question) -> Recoded:
    """What one of the service's own codes has become."""
    if start is None:
        never = question.first is None or code not in known.versions
        when = (f"版本 {question.first} 中没有它", f"it did not stand in edition {question.first}")
        return Recoded("unknown", reason=NEVER if never else when)
    leaves, now = known.leaves.get(code, []), known.at(code, question.last)
    passings = _reached(leaves, known.passings, start)
    heirs = [heir for heir in heirs_of(code, leaves, passings) if heir.code != code or now is not None]
    if not leaves and now is not None:
        heirs = [Heir(code, 1.0, None)]
    weighed = _weighed(heirs, sum(leaf[2] for leaf in leaves), question, seen=question.sees(code))
    if not weighed:
        return Recoded("unknown", reason=NO_HEIRS)
    versions = {heir: known.at(heir, question.last) for heir, _ in weighed}
    becoming = tuple(
        Becoming(heir, "" if (v := versions[heir]) is None else v.name, weight) for heir, weight in weighed
    )
    return Recoded(_kind(code, start, heirs, passings, known, becoming[0].name), becoming)


def _reached(leaves: Sequence[Leaf], by_old: Mapping[str, Sequence[Passing]], start: int) -> list[Passing]:
    """The passages after an edition that basic grids and their heirs were in, by edition and old code."""
    waiting = [leaf for leaf, _, _ in leaves]
    seen = set(waiting)
    found: list[Passing] = []
    while waiting:
        for passing in by_old.get(waiting.pop(), ()):
            if passing.edition > start:
                found.append(passing)
                if passing.new not in seen:
                    seen.add(passing.new)
                    waiting.append(passing.new)
    return sorted(found, key=lambda passing: (passing.edition, passing.old, passing.new))


def _weighed(heirs: Sequence[Heir], households: int, question: Question, *, seen: bool) -> list[tuple[str, float]]:
    """Codes with their weights, the heaviest first; without those that got nothing."""
    shown = heirs if seen else without_people(heirs, households, question.k)
    by_people = question.weights == "households" and all(heir.household_share is not None for heir in shown)
    weights = {heir.code: (heir.household_share or 0.0) if by_people else heir.area_share for heir in shown}
    total = sum(weights.values())
    found = [(code, round(weight / total, 9)) for code, weight in weights.items() if weight > 0]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def _kind(
    code: str, start: int, heirs: Sequence[Heir], passings: Sequence[Passing], known: _Known, name: str
) -> RecodeKind:
    """What happened to a grid; ``name`` is that of its heaviest heir."""
    others = [heir.code for heir in heirs if heir.code != code]
    if not others:
        then = known.at(code, start)
        return "unchanged" if then is not None and then.name == name else "renamed"
    if len(others) < len(heirs):
        return "moved" if all(known.at(other, start) for other in others) else "split"
    if len(others) > 1:
        return "split"
    width = WIDTHS[level_of(code)]
    on_the_way = {passing.new[:width] for passing in passings} - {code}
    mixed = any(known.at(one, start) or known.sources.get(one, set()) - on_the_way - {code} for one in on_the_way)
    return "merged" if mixed else "renamed"


def _together(parts: Sequence[tuple[Recoded, float]]) -> Recoded:
    """What a foreign code has become, from its own codes' answers with their shares."""
    if len(parts) == 1 and parts[0][1] == 1:
        return parts[0][0]
    weights: dict[str, float] = defaultdict(float)
    names: dict[str, str] = {}
    for part, share in parts:
        for heir in part.heirs:
            weights[heir.code] += heir.weight * share
            names[heir.code] = heir.name
    if not weights:
        return parts[0][0]
    kind: RecodeKind = parts[0][0].kind if len(parts) == 1 else "merged" if len(weights) == 1 else "split"
    ordered = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return Recoded(kind, tuple(Becoming(code, names[code], round(weight, 9)) for code, weight in ordered))
