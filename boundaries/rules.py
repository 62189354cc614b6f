"""The rules that a draft is judged by: how grave a breach is, what its size measures, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: an error forbids publishing, a warning does not; ``unit`` is that of a finding's size."""

    severity: Severity
    unit: Literal["m2", "m"] | None
    action_zh: str
    action_en: str


RULES: dict[str, Rule] = {
    "gap": Rule(
        "error", "m2", "把空隙划给相邻网格，或接受修复建议", "give the gap to a neighbour, or accept the repair"
    ),
    "overlap": Rule(
        "error", "m2", "把重叠处只留给一个网格，或接受修复建议", "leave the overlap to one grid, or accept the repair"
    ),
    "outside": Rule(
        "error", "m2", "退回到原辖区以内，或接受修复建议", "withdraw it within the old outline, or accept the repair"
    ),
    "invalid": Rule(
        "error", None, "重画自相交处，或接受修复建议", "draw the crossing edges anew, or accept the repair"
    ),
    "unmatched": Rule(
        "error", None, "打开拓扑编辑，使两侧共用界线", "edit with topology, so that both sides share the border"
    ),
    "empty": Rule("error", None, "至少保留一个基础网格", "keep one basic grid at least"),
    "grammar": Rule("error", None, "改用符合编码规则的编码", "use a code that follows the grammar"),
    "reused": Rule("error", None, "分配新编码：编码从不复用", "let a new code be given: no code is used twice"),
    "nameless": Rule("error", None, "填写名称", "give it a name"),
    "scope": Rule(
        "error", None, "撤销辖区以外的改动，或另开草稿", "undo what lies outside, or open a draft of its own"
    ),
    "stranded": Rule("error", None, "使这些住户所在之处属于某个网格", "let a grid cover the place of these households"),
    "multipart": Rule("warning", None, "核对是否有意分成几块", "check whether the parts are meant"),
    "sliver": Rule("warning", "m", "核对狭长部分，通常是描线误差", "check the narrow part: mostly a slip of the pen"),
    "small": Rule("warning", "m2", "核对面积，或并入相邻网格", "check its area, or merge it with a neighbour"),
    "nesting": Rule(
        "warning", None, "核对编码：它与本村其他网格不相连", "check its code: it is apart from its village"
    ),
    "cut_unit": Rule(
        "warning", None, "核对界线是否应绕开该联户单元", "check whether the border should pass the unit by"
    ),
    "no_household": Rule("warning", None, "核对该网格是否应有住户", "check whether the grid should have households"),
}
"""Every rule by its name."""
