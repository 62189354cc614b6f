"""Lists of neighbour units: a row is a household and the unit it shall be in, matched by code or by members."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np

from gis.codes import is_code
from gis.db import Connection, load_queries
from gis.formulas import unguarded
from gis.importer.cells import Cells
from gis.importer.findings import Finding
from gis.importer.households import identity
from gis.importer.mapping import Mapped
from gis.importer.places import Placed
from gis.importer.unit_spots import Spots
from gis.importer.values import code as as_code
from gis.importer.values import folded
from gis.partition.matching import matched
from gis.unit_locks import locked_units

_SQL = load_queries(Path(__file__).with_name("units.sql"))
_UNIT = re.compile(r"[0-9]{20}")
_YES = frozenset({"是", "y", "yes", "true", "1", "√", "✓", "有", "联户长", "户长"})
_NO = frozenset({"", "否", "n", "no", "false", "0", "×"})


@dataclass(frozen=True, slots=True)
class Home:
    """A household of the current edition: its grid and unit, and by what people find it."""

    id: UUID
    head_name: str
    phone: str | None
    address: str
    grid: str
    unit: str
    lon: float
    lat: float


@dataclass(frozen=True)
class UnitList:
    """Checked columns, (n,) each; a row without a home or unit is rejected.

    Attributes
    ----------
    unit : code of a standing unit, or a name of a new one, which is one unit in each grid.
    name : name that the unit shall have, empty to keep it. head : whether this household's head leads the unit.
    """

    home: list[Home | None]
    unit: list[str]
    name: list[str]
    head: list[bool]

    def wanted(self, rows: Sequence[int]) -> dict[UUID, str]:
        """The unit of each household of some rows."""
        pairs = ((self.home[i], self.unit[i]) for i in rows)
        return {home.id: unit for home, unit in pairs if home is not None}


def read_homes(connection: Connection, edition: int) -> dict[UUID, Home]:
    """The households of an edition that the transaction's scope shows."""
    return {row[0]: Home(*row) for row in connection.execute(_SQL["homes"], [edition])}


def check_units(
    mapped: Mapped, cells: Cells, placed: Placed | None, connection: Connection, edition: int
) -> tuple[UnitList, list[Finding]]:
    """Find each row's household and unit; rows of one unnamed code share the code of most of their members.

    ``placed`` is where the rows lie, None if the list does not say.
    """
    homes, findings = read_homes(connection, edition), list[Finding]()
    found = _homes(cells, homes, placed, findings)
    keys = [None if home is None else home.id for home in found]
    findings += [Finding("duplicate-row", i, values={"other": other}) for i, other in cells.repeated(keys)]
    standing = {home.unit for home in homes.values()}
    said = _units(cells, found, standing, findings)
    locked = locked_units(connection)
    for i, (home, unit) in enumerate(zip(found, said, strict=True)):
        if home is not None and unit and unit != home.unit and (held := {unit, home.unit} & locked):
            findings.append(Finding("locked-unit", i, values={"value": held.pop()}))
    bad = {finding.position for finding in findings if finding.severity == "error"}
    rows = [i for i in range(len(said)) if i not in bad]
    left = Counter(home.unit for home in homes.values())
    left.subtract(home.unit for i in rows if (home := found[i]) is not None)
    units = _coded(said, found, rows, locked, left, findings)
    names = [unguarded(text) for text in cells.names("unit_name")]
    checked = UnitList(found, units, names, [False] * len(said))
    _check_names(checked, rows, findings)
    _check_heads(checked, cells, rows, findings, mapped.table.rows)
    return checked, findings


def _homes(cells: Cells, homes: dict[UUID, Home], placed: Placed | None, findings: list[Finding]) -> list[Home | None]:
    known = _Known(list(homes.values()), placed)
    fields = ("household", "head_name", "phone", "address")
    columns = zip(*(cells.texts(field) for field in fields), cells.codes("grid"), strict=True)
    return [_home(row, homes, known, i, findings) for i, row in enumerate(columns)]


class _Known:
    """Households by the names of their heads and by where they stand."""

    def __init__(self, homes: Sequence[Home], placed: Placed | None) -> None:
        self._homes = homes
        self.by_name: dict[str, list[Home]] = defaultdict(list)
        for home in homes:
            self.by_name[home.head_name].append(home)
        lon, lat = (np.array([getattr(home, axis) for home in homes], dtype=np.float64) for axis in ("lon", "lat"))
        self.spots = Spots(lon, lat, placed)

    def near(self, row: int) -> list[Home]:
        """The households where a row lies."""
        return [self._homes[place] for place in self.spots.near(row)]


def _home(row: tuple[str, ...], homes: dict[UUID, Home], known: _Known, i: int, findings: list[Finding]) -> Home | None:
    """A row's household: by its id, else by its head's name, else by where it stands."""
    given, name, phone, address, grid = row
    key = identity(given)
    if key is not None:
        if key not in homes:
            findings.append(Finding("unknown-household", i))
        return homes.get(key)
    if not name and not known.spots.given(i):
        findings.append(Finding("nobody", i))
        return None
    fits = known.by_name.get(unguarded(name), []) if name else known.near(i)
    if phone and "*" not in phone:
        fits = [home for home in fits if home.phone == phone]
    if address:
        fits = [home for home in fits if home.address == address]
    if is_code(grid):
        fits = [home for home in fits if home.grid.startswith(grid)]
    if name and len(fits) > 1:
        fits = [home for home in known.near(i) if home in fits] or fits
    if len(fits) == 1:
        return fits[0]
    if name:
        rule = "several-households" if fits else "unknown-household"
        findings.append(Finding(rule, i, values={"count": len(fits)}))
    else:
        findings.append(known.spots.finding(i, len(fits)))
    return None


def _units(cells: Cells, homes: Sequence[Home | None], standing: set[str], findings: list[Finding]) -> list[str]:
    """What each row says of its unit: a standing code or a name, empty where it cannot be."""
    found: list[str] = []
    damaged = {i for i, text in enumerate(cells.codes("unit")) if not text}
    for i, (text, home) in enumerate(zip(cells.texts("unit"), homes, strict=True)):
        code = as_code(text)
        rule, values = "", {"value": code[:40]}
        if not text:
            rule = "missing-unit"
        elif _UNIT.fullmatch(code) and code not in standing:
            rule = "unknown-unit"
        elif _UNIT.fullmatch(code) and home is not None and not code.startswith(home.grid):
            rule, values = "straddles", {"value": code, "grid": home.grid}
        if rule:
            findings.append(Finding(rule, i, values=values))
        known = _UNIT.fullmatch(code) is not None
        found.append("" if rule or i in damaged else (code if known else unguarded(text)))
    return found


def _coded(
    said: Sequence[str],
    homes: Sequence[Home | None],
    rows: Sequence[int],
    locked: set[str],
    left: Mapping[str, int],
    findings: list[Finding],
) -> list[str]:
    """Names of units replaced by the codes of most of their members, grid by grid.

    Codes that a row names itself are taken, and so are those of units most of whose members the list does not name.
    """
    units = list(said)
    named: dict[str, list[tuple[int, Home]]] = defaultdict(list)
    for i in rows:
        home = homes[i]
        if home is not None and not _UNIT.fullmatch(said[i]):
            named[home.grid].append((i, home))
    taken = {said[i] for i in rows} | locked
    where = Counter(label for members in named.values() for label in {said[i] for i, _ in members})
    for members in named.values():
        shared = Counter((home.unit, said[i]) for i, home in members)
        codes = sorted({unit for (unit, _), count in shared.items() if count > left[unit]} - taken)
        place = {code: number for number, code in enumerate(codes)}
        old = np.array([place.get(home.unit, -1) for _, home in members], dtype=np.int64)
        labels = np.array([said[i] for i, _ in members])
        new = np.unique(labels, return_inverse=True)[1].ravel()
        told = set[str]()
        for (i, _), label, number in zip(members, labels.tolist(), matched(old, new, len(codes)).tolist(), strict=True):
            kept = number < len(codes)
            units[i] = codes[number] if kept else label
            if label in told:
                continue
            told.add(label)
            values = {"value": label[:40], "code": units[i]}
            findings.append(Finding("kept-code" if kept else "new-unit", i, values=values))
            if where[label] > 1:
                findings.append(Finding("parted-unit", i, values=values))
    return units


def _check_names(checked: UnitList, rows: Sequence[int], findings: list[Finding]) -> None:
    """One name for each unit of a grid: the first that is given."""
    first: dict[tuple[str, str], str] = {}
    told = set[tuple[str, str]]()
    for i in rows:
        home, name = checked.home[i], checked.name[i]
        if home is None or not name:
            continue
        key = (home.grid, checked.unit[i])
        if first.setdefault(key, name) != name and key not in told:
            told.add(key)
            findings.append(Finding("other-unit-name", i, values={"value": key[1][:40], "name": first[key][:40]}))
        checked.name[i] = first[key]


def _check_heads(
    checked: UnitList, cells: Cells, rows: Sequence[int], findings: list[Finding], numbers: Sequence[int]
) -> None:
    """At most one head for each unit: a mark, or the name of the household's own head."""
    texts, first = cells.texts("unit_head"), dict[tuple[str, str], int]()
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    for i in rows:
        home = checked.home[i]
        if home is not None:
            members[home.grid, checked.unit[i]].add(folded(home.head_name))
    for i in rows:
        home, text = checked.home[i], folded(texts[i])
        if home is None or text in _NO:
            continue
        key = (home.grid, checked.unit[i])
        if text not in _YES and text != folded(home.head_name):
            if text not in members[key]:  # else a list that repeats the head's name in every row
                findings.append(Finding("odd-head", i, values={"value": texts[i][:40]}))
            continue
        if first.setdefault(key, i) != i:
            values = {"value": key[1][:40], "other": numbers[first[key]]}
            findings.append(Finding("second-head", i, values=values))
        checked.head[i] = first[key] == i
