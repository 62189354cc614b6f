"""Names of the grids above the basic ones: from rows of their own, from columns, from the current edition."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from gis.codes import ancestors, level_of
from gis.importer.findings import Finding

NAME_COLUMNS = {
    2: ("county_name", "县"),
    3: ("township_name", "乡镇"),
    4: ("village_name", "村委会"),
    5: ("grid_name", "五级网格名称"),
}
"""Field and Chinese column name for the names of each upper level."""


def parent_names(
    codes: Sequence[str], names: Sequence[str], above: Sequence[Mapping[int, str]], standing: Mapping[str, str]
) -> tuple[dict[str, str], list[Finding]]:
    """Names of all grids above some basic ones.

    Parameters
    ----------
    codes, names, above : (n,) basic grids (or upper grids that a row names), their names, and what they say of upper
        levels, level to name.
    standing : names in the current edition, by code.

    Returns
    -------
    names : code to name; of a level-5 grid without one, the name of its first basic grid.
    findings : parents without a name, and parents with several, of which the most frequent counts.
    """
    said: dict[str, Counter[str]] = defaultdict(Counter)
    first: dict[str, str] = {}
    for code, name, upper in sorted(zip(codes, names, above, strict=True), key=lambda row: row[0]):
        for parent in (*ancestors(code), code):
            level = level_of(parent)
            if level in upper:
                said[parent][upper[level]] += 1
            elif level == 5:
                first.setdefault(parent, name)
    found: dict[str, str] = {}
    findings: list[Finding] = []
    for parent in sorted({parent for code in codes for parent in ancestors(code)} | said.keys()):
        name, doubt = _name(parent, said[parent], standing, first)
        found |= {parent: name} if name else {}
        findings += doubt
    return found, findings


def _name(
    code: str, said: Counter[str], standing: Mapping[str, str], first: Mapping[str, str]
) -> tuple[str, list[Finding]]:
    if len(said) > 1:
        name = min(said, key=lambda text: (-said[text], text))
        return name, [Finding("two-names", None, (code,), {"value": code, "name": name})]
    name = next(iter(said), "") or standing.get(code, "") or first.get(code, "")
    if name:
        return name, []
    field, column = NAME_COLUMNS[level_of(code)]
    return "", [Finding("unnamed-parent", None, (code,), {"value": code, "column_zh": column, "column_en": field})]
