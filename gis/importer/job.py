"""An import from the file to the store: read and check, then write what was checked, in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from gis.datum import DATUMS, Datum
from gis.db import Connection
from gis.disputes import Terms
from gis.errors import CheckFailed, InvalidInput, NotReady
from gis.importer.barriers import BarrierLines, check_barriers, write_barriers
from gis.importer.cells import Cells
from gis.importer.county import County, Named, load_county, load_edition
from gis.importer.disputes import Disputes, beyond_their_edition, check_disputes, stored_disputes, write_disputes
from gis.importer.evidence import Reading
from gis.importer.fields import Kind
from gis.importer.files import opened
from gis.importer.findings import Finding, blocking, rejected
from gis.importer.grid_coverage import check_together, grid_changes
from gis.importer.grids import GridChange, Grids, check_grids, named_villages
from gis.importer.households import Households, check_households, stored_households, write_households
from gis.importer.mapping import Mapped, map_columns
from gis.importer.places import Placed, place, reference_system
from gis.importer.read import read
from gis.importer.staff import Staff, check_staff, stored_staff, write_staff
from gis.importer.unit_lists import size_findings, write_units
from gis.importer.units import UnitList, check_units
from gis.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is to be read.

    Attributes
    ----------
    crs : reference system; what the file states, else EPSG:4490, where not given.
    datum : what the degrees refer to.
    swap_axes : exchange the axes before anything else.
    columns : column to field, over what is recognised.
    allocate : give codes to grids that have none.
    """

    kind: Kind
    path: Path
    crs: str | None = None
    datum: Datum = "cgcs2000"
    swap_axes: bool = False
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    allocate: bool = False


Records = Grids | Households | Disputes | Staff | BarrierLines | UnitList


@dataclass(frozen=True)
class Checked:
    """A file that was read and checked.

    Attributes
    ----------
    placed : where the rows lie; None for staff and units, whose rows are found by what they name.
    records : values by row, also of rows that are rejected.
    county : the current edition; None while nothing is published.
    """

    mapped: Mapped
    placed: Placed | None
    records: Records
    findings: list[Finding]
    county: County | None

    @cached_property
    def rejected(self) -> list[int]:
        """Positions of the rows that cannot be imported, ascending."""
        return sorted(rejected(self.findings))

    @cached_property
    def accepted(self) -> list[int]:
        """Positions of the rows that can."""
        out = set(self.rejected)
        return [i for i in range(len(self.mapped.table)) if i not in out]

    @property
    def blocking(self) -> int:
        """Number of findings for which nothing is written, unless only the valid rows are asked for."""
        return blocking(self.findings)


def read_file(options: Options) -> Mapped:
    """Read a file and understand its columns.

    Raises
    ------
    FileUnreadable, TooLarge, InvalidInput
        See `files.opened`, `read.read` and `mapping.map_columns`; also if there are no rows.
    """
    if options.datum not in DATUMS:
        known = ", ".join(DATUMS)
        raise InvalidInput(field="--datum", reason_zh=f"可选：{known}", reason_en=f"one of {known}")
    with opened(options.path, options.layer) as source:
        table = read(source, layer=options.layer, sheet=options.sheet, encoding=options.encoding)
    if not len(table):
        raise InvalidInput(field="FILE", reason_zh="文件里没有数据行", reason_en="the file has no rows")
    return map_columns(table, options.kind, options.columns)


def check(connection: Connection, mapped: Mapped, options: Options, terms: Terms) -> Checked:
    """Place and check every row; writes nothing but the counters of codes that are allocated.

    Parameters
    ----------
    connection : inside a transaction whose scope covers the county; for writing, with the publishing lock held.
    terms : by which disputes without a deadline get one.

    Raises
    ------
    NotReady
        If nothing is published yet and the file holds no grids.
    CoordinatesMisread, InvalidCrs
        See `places.place` and `places.reference_system`.
    """
    county = load_county(connection)
    cells = Cells(mapped)
    if options.kind is Kind.STAFF:
        return _check_staff(connection, mapped, cells, county)
    if options.kind is Kind.UNITS:
        return _check_units(connection, mapped, cells, county, options)
    named = named_villages(mapped, county) if options.kind is Kind.GRIDS else _named(mapped, cells, county)
    reading = Reading(reference_system(options.crs, mapped.table.crs), options.datum, options.swap_axes)
    if county is None and options.kind is not Kind.GRIDS:
        raise NotReady
    placed = place(mapped, named, reading, county)
    if county is None or options.kind is Kind.GRIDS:
        return _check_grids(connection, mapped, cells, placed, county, allocating=options.allocate)
    if options.kind is Kind.BARRIERS:
        lines, findings = check_barriers(cells, placed, county, options.path.stem)
        return Checked(mapped, placed, lines, _sorted([*findings, *placed.findings, *cells.findings]), county)
    if options.kind is Kind.HOUSEHOLDS:
        households, findings = check_households(mapped, cells, placed, named, county)
        findings += placed.findings + cells.findings
        findings += stored_households(connection, households, _sound(mapped, findings))
        return Checked(mapped, placed, households, _sorted(findings), county)
    disputes, findings = check_disputes(connection, mapped, cells, placed, terms)
    findings += placed.findings + cells.findings
    findings += beyond_their_edition(disputes, _sound(mapped, findings), Editions(connection, county))
    findings += stored_disputes(connection, disputes, _sound(mapped, findings))
    return Checked(mapped, placed, disputes, _sorted(findings), county)


def _named(mapped: Mapped, cells: Cells, county: County | None) -> list[Named]:
    """Which grid each row names; lines name none."""
    return [Named()] * len(mapped.table) if mapped.kind is Kind.BARRIERS else cells.named(county)


def _check_units(
    connection: Connection, mapped: Mapped, cells: Cells, county: County | None, options: Options
) -> Checked:
    """Rows that name their household need no place, so theirs may be wrong or missing."""
    if county is None:
        raise NotReady
    placed = None
    if mapped.placed and not all(cells.texts("household")):
        reading = Reading(reference_system(options.crs, mapped.table.crs), options.datum, options.swap_axes)
        placed = place(mapped, [Named()] * len(mapped.table), reading, county)
    units, findings = check_units(mapped, cells, placed, connection, county.edition)
    findings += cells.findings
    findings += size_findings(connection, units, _sound(mapped, findings), county.edition)
    return Checked(mapped, None, units, _sorted(findings), county)


def _check_staff(connection: Connection, mapped: Mapped, cells: Cells, county: County | None) -> Checked:
    if county is None:
        raise NotReady
    staff, findings = check_staff(mapped, cells, county)
    findings += cells.findings
    findings += stored_staff(connection, staff, _sound(mapped, findings))
    return Checked(mapped, None, staff, _sorted(findings), county)


def _check_grids(
    connection: Connection, mapped: Mapped, cells: Cells, placed: Placed, county: County | None, *, allocating: bool
) -> Checked:
    grids, findings = check_grids(connection, cells, placed, county, allocating=allocating)
    findings += check_together(grids, _sound(mapped, findings), county)
    return Checked(mapped, placed, grids, _sorted(findings), county)


def _sound(mapped: Mapped, findings: list[Finding]) -> list[int]:
    bad = rejected(findings)
    return [i for i in range(len(mapped.table)) if i not in bad]


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (f.position is not None, f.position or 0, f.rule))


class Editions:
    """Published editions, each loaded once when it is needed."""

    def __init__(self, connection: Connection, current: County) -> None:
        self._connection = connection
        self._loaded = {current.edition: current}

    def __call__(self, number: int) -> County:
        """A published edition, which must exist."""
        if number not in self._loaded:
            self._loaded[number] = load_edition(self._connection, number)
        return self._loaded[number]


def refuse_unless_valid(checked: Checked, *, accept_valid: bool) -> None:
    """Stop before writing if anything was found wrong, or, with ``accept_valid``, if no row is left.

    Raises
    ------
    CheckFailed
    """
    if (checked.blocking and not accept_valid) or not checked.accepted:
        raise CheckFailed(count=checked.blocking)


def write(
    connection: Connection, checked: Checked, *, scope: Scope, near_border_m: float, accept_valid: bool = False
) -> dict[str, int]:
    """Write the accepted rows, of whatever but grids, in the caller's transaction.

    Returns
    -------
    Rows written, by table.

    Raises
    ------
    CheckFailed
        See `refuse_unless_valid`; nothing is written.
    """
    refuse_unless_valid(checked, accept_valid=accept_valid)
    rows, county = checked.accepted, checked.county
    if county is None:
        raise NotReady
    if isinstance(checked.records, Households):
        return write_households(connection, checked.records, rows, county, actor=scope.actor)
    if isinstance(checked.records, Disputes):
        editions = Editions(connection, county)
        return write_disputes(
            connection, checked.records, rows, editions, county, scope=scope, near_border_m=near_border_m
        )
    if isinstance(checked.records, Staff):
        return write_staff(connection, checked.records, rows)
    if isinstance(checked.records, BarrierLines):
        return write_barriers(connection, checked.records, rows, county.edition, actor=scope.actor)
    if isinstance(checked.records, UnitList):
        return write_units(connection, checked.records, rows, county, actor=scope.actor)
    return {}


def changes(checked: Checked, *, accept_valid: bool = False) -> list[GridChange]:
    """What a draft must hold so that the accepted grids stand; empty if the file changes nothing.

    Raises
    ------
    CheckFailed
        See `refuse_unless_valid`.
    """
    refuse_unless_valid(checked, accept_valid=accept_valid)
    if not isinstance(checked.records, Grids):
        return []
    return grid_changes(checked.records, checked.accepted, checked.county)
