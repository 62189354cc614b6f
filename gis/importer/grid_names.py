"""Names of the grids above the basic ones: from rows of their own, from columns, from the current edition."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from gis.codes import ancestors, level_of
from gis.importer.county import bare_township, bare_village
from gis.importer.findings import Finding

NAME_COLUMNS = {
    2: ("county_name", "县"),
    3: ("township_name", "乡镇"),
    4: ("village_name", "村委会"),
    5: ("level5_name", "五级网格名称"),
}
"""Field and Chinese column name for the names of each upper level."""


def parent_names(
    codes: Sequence[str],
    names: Sequence[str],
    above: Sequence[Mapping[int, str]],
    own: Mapping[str, str],
    standing: Mapping[str, str],
) -> tuple[dict[str, str], list[Finding]]:
    """Names of all grids above some basic ones.

    A row of its own names a grid; else its standing name stays; else the columns of the grids below it count, and for
    a level-5 grid the name of its first basic grid.

    Parameters
    ----------
    codes, names, above : (n,) basic grids (or upper grids that have a row), their names, and what their columns say
        of the levels above, level to name.
    own, standing : names by code, of rows of their own and in the current edition.

    Returns
    -------
    names : code to name, of all grids above and all that have a row of their own.
    findings : parents without a name, with several, and with another name in columns than the standing one.
    """
    said: dict[str, Counter[str]] = defaultdict(Counter)
    first: dict[str, str] = {}
    for code, name, upper in sorted(zip(codes, names, above, strict=True), key=lambda row: row[0]):
        for parent in ancestors(code):
            level = level_of(parent)
            if level in upper:
                said[parent][upper[level]] += 1
            if level == 5:
                first.setdefault(parent, name)
    found = dict(own)
    findings: list[Finding] = []
    for parent in sorted({parent for code in codes for parent in ancestors(code)} - own.keys()):
        name, doubts = _name(parent, said[parent], standing.get(parent, ""), first.get(parent, ""))
        found |= {parent: name} if name else {}
        findings += doubts
    return found, findings


def _name(code: str, said: Counter[str], standing: str, first: str) -> tuple[str, list[Finding]]:
    most = min(said, key=lambda text: (-said[text], text), default="")
    values = {"value": code, "name": standing or most, "other": most}
    if standing:
        differs = most and bare_village(bare_township(most)) != bare_village(bare_township(standing))
        return standing, [Finding("other-name", None, (code,), values)] if differs else []
    if len(said) > 1:
        return most, [Finding("two-names", None, (code,), values)]
    if most or first:
        return most or first, []
    field, column = NAME_COLUMNS[level_of(code)]
    return "", [Finding("unnamed-parent", None, (code,), {"value": code, "column_zh": column, "column_en": field})]
