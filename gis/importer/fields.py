"""What can be imported: the fields of each kind of record, and the column names by which they are recognised."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a file holds."""

    GRIDS = "grids"
    HOUSEHOLDS = "households"
    DISPUTES = "disputes"
    STAFF = "staff"
    BARRIERS = "barriers"
    UNITS = "units"
    """Lists of neighbour units: imported by ``wangge units import``, beside what would be computed."""
    POINTS = "points"
    """Places only: assigned to grids, not imported."""
    CODES = "codes"
    """Codes only: turned into those of another edition, not imported."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, what people call it, and further column names, likeliest first (blanks and case aside)."""

    name: str
    label_zh: str
    label_en: str
    also: tuple[str, ...]
    required: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a column may have to be taken for this field, likeliest first."""
        return (self.name, self.label_zh, *self.also)


def _field(name: str, label_zh: str, label_en: str, also: str = "", *, required: bool = False) -> Field:
    return Field(name, label_zh, label_en, tuple(also.split()), required)


_PLACE = (
    _field("lon", "经度", "longitude", "lng longitude 东经 x x坐标 pointx coordx 横坐标 jd"),
    _field("lat", "纬度", "latitude", "latitude 北纬 y y坐标 pointy coordy 纵坐标 wd"),
    _field("wkt", "图形", "geometry as WKT", "geometry geom thegeom wktgeom 坐标 几何"),
)
_NAMED = (
    _field(
        "village",
        "村委会",
        "village, code or name",
        "村委会名称 行政村 村（社区） 村社区 村居 村居委会 社区 所属村 所属社区 所在村 村名 村 村委会编码 村编码 村代码 "
        "villagecode villagename cunm",
    ),
    _field("township", "乡镇", "township", "乡镇名称 所属乡镇 所在乡镇 乡镇街道 街道 镇 乡 town townshipname xzmc"),
    _field("grid", "网格编码", "grid code", "gridcode 所属网格 网格代码 基础网格编码 基础网格 所在网格 wgbm"),
)
_PHONE = _field(
    "phone", "电话", "phone", "联系电话 手机 手机号 手机号码 联系方式 户主电话 电话号码 tel mobile telephone dh"
)

FIELDS: dict[Kind, tuple[Field, ...]] = {
    Kind.POINTS: _PLACE,
    Kind.CODES: (
        _field(
            "code",
            "旧编码",
            "old code",
            "oldcode 原编码 旧网格编码 原网格编码 网格编码 编码 代码 网格代码 基础网格编码 基础网格 gridcode grid wgbm "
            "区划代码 区划编码 行政区划代码 统计用区划代码 adcode",
        ),
    ),
    Kind.GRIDS: (
        _field("code", "网格编码", "grid code", "编码 代码 网格代码 基础网格编码 gridcode wgbm"),
        _field("name", "网格名称", "grid name", "名称 基础网格名称 gridname wgmc mc"),
        _field(
            "parent", "上级编码", "parent's code", "父级编码 上级网格编码 所属网格编码 村编码 村委会编码 parentcode"
        ),
        _field("county_name", "县", "county's name", "县名称 县区 县市区 区县 county"),
        _field("township_name", "乡镇", "township's name", "乡镇名称 所属乡镇 乡镇街道 街道 township town xzmc"),
        _field(
            "village_name",
            "村委会",
            "village's name",
            "村委会名称 行政村 村（社区） 村社区 村居 社区 所属村 村名 村 village cunm",
        ),
        _field("level5_name", "五级网格名称", "level-5 grid's name", "五级网格 上级名称 上级网格名称 parentname"),
        _PLACE[2],
    ),
    Kind.HOUSEHOLDS: (
        _field("id", "户编号", "household id", "householdid 户号 住户编号 家庭编号 uuid"),
        _field(
            "head_name", "户主", "head of household", "户主姓名 户主名称 姓名 name head householder xm", required=True
        ),
        _PHONE,
        _field(
            "members",
            "人口",
            "members",
            "家庭人口 人口数 家庭人口数 人数 成员数 家庭成员数 户籍人口 population people rks",
        ),
        _field("address", "地址", "address", "住址 家庭住址 详细地址 居住地址 家庭地址 门牌地址 addr dz"),
        _field("hamlet", "村民小组", "hamlet", "村（居）民小组 居民小组 村小组 小组 村组 自然村 组别 组 hamletname"),
        _field("risk", "风险等级", "risk level", "risklevel 风险 风险级别 风险颜色 风险评级 等级"),
        _field("risk_reason", "风险原因", "risk reason", "riskreason 风险事由 评级原因 原因"),
        *_NAMED,
        *_PLACE,
    ),
    Kind.DISPUTES: (
        _field("number", "编号", "number", "纠纷编号 案件编号 受理编号 事件编号 no caseno id"),
        _field("title", "标题", "title", "纠纷名称 案件名称 事件名称 纠纷标题 事由 名称 name", required=True),
        _field("category", "纠纷类型", "category", "纠纷类别 类型 类别 案件类型 矛盾类型 type", required=True),
        _field("source", "来源", "source", "纠纷来源 案件来源 受理渠道 渠道"),
        _field("urgency", "紧急程度", "urgency", "缓急程度 是否紧急 priority"),
        _field("summary", "摘要", "summary", "简要情况 案情简介 纠纷简介 基本情况 主要情况 内容 描述 description"),
        _field("parties", "涉及人数", "people involved", "当事人数 参与人数 人数"),
        _field("occurred_at", "发生时间", "time it happened", "occurredat 发生日期 纠纷发生时间 occurred"),
        _field("accepted_at", "受理时间", "time of acceptance", "受理日期 登记时间 登记日期 accepted", required=True),
        _field("deadline", "办理期限", "deadline", "办结期限 期限 截止日期 截止时间"),
        _field("closed_at", "办结时间", "time of closing", "办结日期 结案时间 结案日期 closed"),
        _field("mediated", "是否调处", "mediated", "已调处 是否调解 调处"),
        _field("succeeded", "是否成功", "mediation succeeded", "调解成功 是否调解成功 调解结果 调处结果 success"),
        *_NAMED,
        *_PLACE,
    ),
    Kind.STAFF: (
        _field("name", "姓名", "name", "网格员 网格员姓名 人员姓名 xm", required=True),
        _PHONE,
        _field(
            "employment",
            "专兼职",
            "full or part time",
            "专职兼职 人员类别 用工性质 人员类型 性质 类型 类别",
            required=True,
        ),
        _field(
            "grid",
            "网格编码",
            "grid code",
            "gridcode 所辖网格 责任网格 所属网格 网格代码 基础网格编码 网格 wgbm",
            required=True,
        ),
        _field("role", "职务", "role", "角色 岗位 职责 身份 post"),
        _field("since", "任职日期", "in post since", "开始日期 上岗日期 任职时间 上岗时间 start"),
        _field("until", "离任日期", "in post until", "结束日期 离岗日期 离任时间 end"),
    ),
    Kind.BARRIERS: (
        _field("kind", "类型", "kind", "类别 要素类型 type fclass waterway highway"),
        _field("name", "名称", "name", "河流名称 道路名称 河名 路名 mc"),
        _PLACE[2],
    ),
    Kind.UNITS: (
        _field(
            "unit",
            "联户单元编码",
            "unit, code or name",
            "单元编码 联户编码 联户编号 单元编号 十联户编号 unitcode 联户单元 十联户 联户 单元 联户单元名称 单元名称 联户名称",
            required=True,
        ),
        _field("unit_name", "联户单元名称", "unit's name", "单元名称 联户名称 unitname"),
        _field("unit_head", "联户长", "head of the unit", "是否联户长 联户长姓名 单元长 户长 unithead"),
        _field("household", "户编号", "household id", "id householdid 户号 住户编号 家庭编号 uuid"),
        _field("head_name", "户主", "head of household", "户主姓名 户主名称 姓名 name headname householder xm"),
        _PHONE,
        _field("address", "地址", "address", "住址 家庭住址 详细地址 居住地址 家庭地址 门牌地址 addr dz"),
        _NAMED[2],
        *_PLACE,
    ),
}
"""The fields of each kind; a required one must have a column."""

PLACED = frozenset({Kind.GRIDS, Kind.HOUSEHOLDS, Kind.DISPUTES, Kind.BARRIERS, Kind.POINTS})
IMPORTED = tuple(kind for kind in Kind if kind not in {Kind.POINTS, Kind.CODES, Kind.UNITS})
"""Kinds whose rows lie somewhere: they need geometries, coordinates or WKT; and those that can be imported."""

REASON = "拒绝原因 reason"
ROW = "原行号 row"
IGNORED = frozenset({REASON, ROW})
"""Columns that the file of rejected rows adds; they mean nothing when it is imported again."""
