"""Findings of an import: one row each, with a reason in plain words; written as layers of a GeoPackage."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import shapely

from gis.crs import STORAGE
from gis.importer.rules import RULES

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know about a row, or about the file where ``position`` is None.

    Attributes
    ----------
    rule : key of `rules.RULES`.
    position : row of the table, from 0.
    codes : grid codes concerned.
    values : what the rule's text speaks of.
    size : m² or m, as the rule says.
    geometry : where, degrees EPSG:4490; None if the row has no place.
    """

    rule: str
    position: int | None = None
    codes: tuple[str, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    size: float | None = None
    geometry: Any = None

    @property
    def severity(self) -> Severity:
        """``error`` keeps the row (or, without a row, the file) out; the others only tell."""
        return RULES[self.rule].severity

    def reason(self, lang: Literal["zh", "en"]) -> str:
        """The reason in plain words."""
        rule = RULES[self.rule]
        return (rule.zh if lang == "zh" else rule.en).format_map({"size": self.size, **self.values})


def rejected(findings: Iterable[Finding]) -> set[int]:
    """Positions of the rows that cannot be imported."""
    return {f.position for f in findings if f.position is not None and f.severity == "error"}


def blocking(findings: Iterable[Finding]) -> int:
    """Number of findings that keep the file from being written as a whole."""
    return sum(finding.severity == "error" for finding in findings)


def by_rule(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings of each rule, errors first, then the most frequent."""
    order = {"error": 0, "warning": 1, "note": 2}
    counts = Counter(finding.rule for finding in findings)
    return dict(sorted(counts.items(), key=lambda item: (order[RULES[item[0]].severity], -item[1], item[0])))


def write_findings(findings: Sequence[Finding], rows: Sequence[int], path: Path) -> None:
    """Write findings as a GeoPackage with the layers ``points``, ``lines``, ``polygons`` and ``no_place``.

    Parameters
    ----------
    rows : numbers by which people find the rows of the table.
    path : replaced as a whole, if it is there.
    """
    import geopandas as gpd  # heavy: only for who asks for the file
    import pandas as pd
    import pyogrio

    frame = pd.DataFrame(
        {
            "rule": [f.rule for f in findings],
            "severity": [f.severity for f in findings],
            "row": pd.array([None if f.position is None else rows[f.position] for f in findings], dtype="Int64"),
            "codes": [", ".join(f.codes) for f in findings],
            "reason_zh": [f.reason("zh") for f in findings],
            "reason_en": [f.reason("en") for f in findings],
            "size": [f.size for f in findings],
            "unit": [RULES[f.rule].unit if f.size is not None else None for f in findings],
        }
    ).astype({"size": "float64"})
    geometry = np.array([f.geometry for f in findings], dtype=np.object_)
    dimension = shapely.get_dimensions(geometry)
    layers = {"points": dimension == 0, "lines": dimension == 1, "polygons": dimension == 2, "no_place": dimension < 0}
    with TemporaryDirectory(prefix=".wangge-", dir=path.parent) as folder:
        made = Path(folder) / "findings.gpkg"
        for layer, mine in layers.items():
            placed = gpd.GeoDataFrame(frame[mine], geometry=geometry[mine], crs=STORAGE.name)
            if layer == "no_place":
                # Always there, so that a file without findings is a readable one too.
                pyogrio.write_dataframe(placed.drop(columns="geometry"), made, layer=layer, driver="GPKG")
            elif mine.any():
                placed.to_file(made, layer=layer, driver="GPKG", promote_to_multi=True)
        made.replace(path)
