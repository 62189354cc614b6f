"""The rules of the importer: how grave each is, and its reason in plain words."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; ``zh`` and ``en`` are filled with a finding's values and ``size``."""

    severity: Literal["error", "warning", "note"]
    zh: str
    en: str
    unit: Literal["m", "m2"] | None = None


RULES: dict[str, Rule] = {
    "extra-cells": Rule("error", "这一行的单元格比表头多：{value}", "the row has more cells than the header: {value}"),
    # Places
    "no-place": Rule("error", "没有坐标或图形", "there are no coordinates or no geometry"),
    "bad-number": Rule("error", "“{column}”的值“{value}”不是坐标", '"{value}" in {column} is not a coordinate'),
    "bad-wkt": Rule("error", "“{column}”里不是有效的 WKT 图形", "{column} holds no valid WKT geometry"),
    "wrong-geometry": Rule(
        "error", "图形是 {found}，需要{wanted_zh}", "the geometry is a {found}; {wanted_en} is needed"
    ),
    "bad-coordinates": Rule(
        "error", "坐标 ({x:g}, {y:g}) 不在 {crs} 的范围内", "the coordinates ({x:g}, {y:g}) are not within {crs}"
    ),
    "axes-flipped": Rule(
        "error",
        "经纬度（或东、北坐标）写反了：({x:g}, {y:g})",
        "longitude and latitude (or east and north) are flipped: ({x:g}, {y:g})",
    ),
    "outside": Rule("error", "落在辖区外 {size:.0f} 米", "lies {size:.0f} m outside the county", "m"),
    "near-village": Rule(
        "warning", "在所写的 {name} 之外 {size:.0f} 米", "lies {size:.0f} m outside {name}, which it names", "m"
    ),
    "far-from-village": Rule(
        "error", "离所写的 {name} 有 {size:.0f} 米", "lies {size:.0f} m away from {name}, which it names", "m"
    ),
    "unknown-village": Rule(
        "warning", "辖区里没有名为“{value}”的村（社区）或网格", 'the county has no village or grid "{value}"'
    ),
    "ambiguous-village": Rule(
        "warning", "有多个村（社区）叫“{value}”，请补乡镇", 'several villages are called "{value}": add the township'
    ),
    # Texts and values
    "missing-name": Rule("error", "缺少{label_zh}", "the {label_en} is missing"),
    "lost-character": Rule(
        "warning",
        "“{value}”里有丢失的字（如 䂖 不在 GBK 里），请用 UTF-8 重新导出",
        '"{value}" has lost a character (one outside GBK, as 䂖): export it as UTF-8',
    ),
    "bad-value": Rule(
        "error", "{label_zh}“{value}”不符合要求，可用：{known}", '{label_en} "{value}" is none of: {known}'
    ),
    "bad-count": Rule("error", "{label_zh}“{value}”不是正整数", '{label_en} "{value}" is not a whole number above 0'),
    "bad-date": Rule("error", "{label_zh}“{value}”不是日期或时间", '{label_en} "{value}" is not a date or time'),
    "missing-date": Rule("error", "缺少{label_zh}", "the {label_en} is missing"),
    "future-date": Rule("error", "{label_zh} {value} 在将来", "{label_en} {value} lies in the future"),
    "date-order": Rule("error", "{later_zh}早于{earlier_zh}", "{later_en} lies before {earlier_en}"),
    "not-mediated": Rule("error", "写了调解成功，却又写未调处", "it says succeeded, but also not mediated"),
    "not-closed": Rule(
        "error", "写了调处或结果，却没有办结时间", "it says mediated or gives a result, but no time of closing"
    ),
    "odd-phone": Rule("warning", "电话“{value}”不像电话号码", '"{value}" does not look like a phone number'),
    "no-members": Rule("warning", "没有人口数，按 1 人计", "no number of members, taken as 1"),
    # Codes and identity
    "missing-code": Rule(
        "error", "缺少网格编码（可用 --allocate 分配）", "the grid code is missing (--allocate gives one)"
    ),
    "damaged-code": Rule(
        "error",
        "编码“{value}”被当作数字保存，末尾的数字已丢失；请把该列设为文本后重新填写",
        'the code "{value}" was kept as a number and has lost digits: make the column text and enter it again',
    ),
    "bad-code": Rule("error", "“{value}”不符合网格编码规则", '"{value}" is no grid code'),
    "duplicate-code": Rule("error", "编码 {value} 与第 {other} 行重复", "the code {value} is that of row {other} too"),
    "retired-code": Rule(
        "error", "编码 {value} 已注销，不得再用", "the code {value} was retired and is never used again"
    ),
    "unknown-grid": Rule("error", "当前版本没有网格 {value}", "the current edition has no grid {value}"),
    "duplicate-row": Rule("error", "与第 {other} 行是同一条记录", "this is the same record as row {other}"),
    "already-stored": Rule("error", "库中已有这条记录", "this record is in the store already"),
    "no-edition": Rule(
        "warning",
        "受理时还没有已发布的版本，按版本 {edition} 归属",
        "no edition was valid then; edition {edition} is used",
    ),
    # Barriers
    "line-elsewhere": Rule("note", "不在本县范围，不写入", "lies outside the county's extent and is not written"),
    # Lists of neighbour units
    "missing-unit": Rule("error", "缺少联户单元", "the neighbour unit is missing"),
    "nobody": Rule(
        "error",
        "户编号、户主、坐标都没有填",
        "neither the household's id nor its head's name nor its place is given",
    ),
    "nobody-near": Rule(
        "error",
        "坐标 {near:.0f} 米以内没有相符的住户，最近的住户在 {size:.1f} 米外；请填户编号或户主",
        "no household that fits within {near:.0f} m of the place, the nearest is {size:.1f} m away: give its id or its head's name",
        "m",
    ),
    "several-near": Rule(
        "error",
        "坐标 {near:.0f} 米以内有 {count} 户，无法确定是哪一户；请填户编号或户主",
        "{count} households within {near:.0f} m of the place, any of which may be meant: give the id or the head's name",
    ),
    "unknown-household": Rule("error", "现行版本里没有这户", "the current edition has no such household"),
    "several-households": Rule(
        "error",
        "有 {count} 户符合，请填户编号（或电话、地址、网格编码）",
        "{count} households fit: give the id (or phone, address, grid code)",
    ),
    "unknown-unit": Rule(
        "error",
        "现行版本没有单元 {value}；编码从不复用，新单元请填任意名称，编码由系统给出",
        "no unit {value} stands, and codes are never used again: name a new unit as you like, it gets its own code",
    ),
    "straddles": Rule(
        "error",
        "该户在网格 {grid}，单元 {value} 不在其中：单元不跨网格",
        "the household lies in the grid {grid}, the unit {value} does not: units never straddle a grid",
    ),
    "locked-unit": Rule(
        "error", "单元 {value} 已锁定，成员不变", "the unit {value} is locked: its members stay as they are"
    ),
    "second-head": Rule(
        "error", "单元 {value} 已有联户长（第 {other} 行）", "the unit {value} has its head in row {other}"
    ),
    "odd-head": Rule(
        "warning",
        "联户长“{value}”不是本单元的户主，未采用",
        'the head "{value}" heads no household of the unit; left out',
    ),
    "parted-unit": Rule(
        "warning",
        "“{value}”的成员在几个网格，按网格分开",
        'the members of "{value}" lie in several grids: one unit in each',
    ),
    "unit-size": Rule(
        "warning",
        "单元 {value} 将有 {count} 户，不在 {low}–{high} 之内",
        "{value} gets {count} households, not {low}–{high}",
    ),
    "other-unit-name": Rule(
        "warning", "单元 {value} 有多个名称，取“{name}”", 'the unit {value} has several names; "{name}" is taken'
    ),
    "kept-code": Rule("note", "“{value}”按成员沿用编码 {code}", '"{value}" keeps the code {code} of its members'),
    "new-unit": Rule("note", "“{value}”是新单元，写入时得到编码", '"{value}" is new and gets its code when written'),
    # Grids
    "no-parent": Rule(
        "error",
        "没有编码，也无法得知上级：请填上级编码",
        "no code, and its parent is not known: fill in the parent's code",
    ),
    "undivided": Rule(
        "note", "未细分的五级网格，基础网格编码取 01", "an undivided level-5 grid; its basic grid gets number 01"
    ),
    "allocated": Rule("note", "分配编码 {value}", "the code {value} is allocated"),
    "retires": Rule(
        "note", "网格 {value} 的范围已全部划入新网格，将注销", "grid {value} is wholly replaced and will be retired"
    ),
    "unnamed-parent": Rule(
        "error",
        "上级网格 {value} 没有名称：请加{column_zh}列",
        "the parent {value} has no name: add a column {column_en}",
    ),
    "two-names": Rule(
        "warning", "上级网格 {value} 有多个名称，取“{name}”", 'the parent {value} has several names; "{name}" is taken'
    ),
    "other-name": Rule(
        "warning",
        "上级网格 {value} 现名“{name}”，文件写作“{other}”；要改名请为它单列一行",
        'the parent {value} is called "{name}", here "{other}"; give it a row of its own to rename it',
    ),
    "invalid": Rule("error", "图形无效：{reason}", "the geometry is invalid: {reason}"),
    "overlap": Rule("error", "与 {others} 重叠 {size:.2f} 平方米", "overlaps {others} by {size:.2f} m²", "m2"),
    "gap": Rule("error", "有 {size:.2f} 平方米不属于任何网格", "an area of {size:.2f} m² belongs to no grid", "m2"),
    "beyond": Rule("error", "超出原辖区范围 {size:.2f} 平方米", "reaches {size:.2f} m² beyond the old outline", "m2"),
}
"""Every rule by name. Of errors the row is rejected; without a row, nothing is written unless told otherwise."""
