"""The coverage that the grids of a file make, by themselves or with what stands, and the changes that lead to it."""

from collections.abc import Sequence

import numpy as np

from gis.coverage_check import Finding as CoverageFinding
from gis.coverage_check import check_change, check_coverage
from gis.importer.county import County
from gis.importer.findings import Finding
from gis.importer.grid_names import parent_names
from gis.importer.grids import GridChange, Grids, drawn, replaced


def check_together(found: Grids, rows: Sequence[int], county: County | None) -> list[Finding]:
    """Overlaps, gaps and areas beyond the old outline, exact to 0.01 m², and parents without a name.

    Parameters
    ----------
    rows : the rows that are sound by themselves.
    county : what stands; the file's grids replace grids of the same code, and those they wholly cover.
    """
    mine, outlines = drawn(found, rows, county)
    before = {} if county is None else county.leaves
    gone = replaced(outlines, county)
    after = {code: shape for code, shape in before.items() if code not in gone} | outlines
    codes = sorted(after)
    polygons = np.array([after[code] for code in codes], dtype=np.object_)
    if not codes:
        results: list[CoverageFinding] = []
    elif county is None:
        results = check_coverage(codes, polygons)
    else:
        changed = {code for code in mine if before.get(code) is not after[code]}
        results = check_change(codes, polygons, before, changed | set(gone)) if changed or gone else []
    findings = [by_row for result in results for by_row in _by_row(result, mine)]
    findings += [Finding("retires", None, (code,), {"value": code}) for code in gone]
    return findings + _parent_names(found, rows, county)[1]


def _by_row(result: CoverageFinding, rows: dict[str, int]) -> list[Finding]:
    """A finding of the coverage as findings of the rows concerned; gaps belong to no row."""
    if result.rule != "overlap":
        rule = "beyond" if result.rule == "outside" else result.rule
        values = {"reason": result.reason_en}
        return [Finding(rule, None, result.codes, values, result.size, result.geometry)]
    return [
        Finding(
            "overlap",
            rows[code],
            result.codes,
            {"others": ", ".join(other for other in result.codes if other != code)},
            result.size,
            result.geometry,
        )
        for code in result.codes
        if code in rows
    ]


def _parent_names(found: Grids, rows: Sequence[int], county: County | None) -> tuple[dict[str, str], list[Finding]]:
    named = [i for i in rows if found.code[i]]
    standing = {} if county is None else county.names
    codes, names = [found.code[i] for i in named], [found.name[i] for i in named]
    own = {found.upper[i]: found.name[i] for i in rows if found.upper[i]}
    return parent_names(codes, names, [found.above[i] for i in named], own, standing)


def grid_changes(found: Grids, rows: Sequence[int], county: County | None) -> list[GridChange]:
    """What a draft must hold so that ``rows`` stand: grids that differ, parents with a new name, grids to retire."""
    mine, outlines = drawn(found, rows, county)
    before = {} if county is None else county.leaves
    names = {} if county is None else county.names
    changes = [
        GridChange(code, "put", found.name[i], outlines[code])
        for code, i in mine.items()
        if names.get(code) != found.name[i] or before.get(code) is not outlines[code]
    ]
    wanted, _ = _parent_names(found, rows, county)
    changes += [GridChange(code, "put", name) for code, name in wanted.items() if names.get(code) != name]
    return changes + [GridChange(code, "retire") for code in replaced(outlines, county)]
