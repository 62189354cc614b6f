"""The collections there are, with their properties and permissions. The one place to add a property."""

from api.access import Caller
from api.ogc.model import Collection, Field, Text
from gis.errors import NotFound
from tiles.style import TITLES

_CODE = Field("code", "string", Text("编码", "Code"))
_NAME = Field("name", "string", Text("名称", "Name"))
_LEVEL = Field(
    "level",
    "integer",
    Text("层级", "Level"),
    words={str(level): Text(*names) for level, names in TITLES.items()},
)
_GRID_CODE = Field("grid_code", "string", Text("所在网格编码", "Code of the grid it lies in"))
_UNIT_CODE = Field("unit_code", "string", Text("联户单元编码", "Code of the neighbour unit"))
_HOW = Field(
    "how",
    "string",
    Text("归属方式", "How it was assigned"),
    values={
        "inside": Text("在网格内", "Inside"),
        "border": Text("在界线上", "On a border"),
        "by hand": Text("人工指定", "By hand"),
    },
)
_GRID_FIELDS = (
    _CODE,
    _NAME,
    _LEVEL,
    Field("parent", "string", Text("上级编码", "Code of the parent")),
    Field("area_m2", "number", Text("面积（平方米）", "Area in square metres")),
)
_LEVELS = {
    2: Text("县", "County"),
    3: Text("乡镇", "Townships"),
    4: Text("村（社区）", "Villages and communities"),
    5: Text("网格", "Grids (level 5)"),
    6: Text("基础网格", "Basic grids"),
}


def _grids(level: int | None) -> Collection:
    name = _LEVELS[level] if level else Text("网格（全部层级）", "Grids of all levels")
    detail = (
        Text(f"第 {level} 级网格：{name.zh}", f"The grids of level {level}: {name.en}")
        if level
        else Text(
            "县、乡镇、村（社区）、网格和基础网格，一格一码，无缝不重叠；用 level 筛选层级",
            "County, townships, villages, grids and basic grids: one code each, no gap, no overlap; filter by level",
        )
    )
    return Collection(
        id=f"grids-level{level}" if level else "grids",
        title=name,
        description=detail,
        query="grids",
        geometry="multipolygon",
        identifier="grid",
        fields=_GRID_FIELDS,
        tiled=True,
        fixed=True,
        level=level,
    )


_UNITS = Collection(
    id="units",
    title=Text("联户单元（十联户）", "Neighbour units"),
    description=Text("约十户相邻住户组成的联户单元，每个单元在一个基础网格之内", "About ten adjacent households each"),
    query="units",
    geometry="multipolygon",
    identifier="unit",
    fields=(
        _CODE,
        _NAME,
        _GRID_CODE,
        Field("size", "integer", Text("户数（过小时不显示）", "Households (empty where too few to tell)")),
    ),
    tiled=True,
    fixed=True,
)
_CENTRES = Collection(
    id="centres",
    title=Text("综治中心", "Governance centres"),
    description=Text("县、乡镇、村三级综治中心", "Governance centres of the county, townships and villages"),
    query="centres",
    geometry="point",
    identifier="integer",
    fields=(
        _NAME,
        _GRID_CODE,
        _LEVEL,
        Field("phone", "string", Text("服务电话", "Service telephone")),
    ),
    tiled=True,
)
_KINDS = {
    "split": Text("拆分", "Split"),
    "merge": Text("合并", "Merge"),
    "move": Text("划转", "Move"),
    "replace": Text("替换", "Replace"),
}
_LINEAGE = Collection(
    id="lineage",
    title=Text("编码沿革", "Lineage of codes"),
    description=Text(
        "各版本中旧网格并入、分为、换为哪些新网格，以及面积所占份额；几何为旧网格",
        "Which new grids took the ground of an old one in an edition, and its share; the geometry is the old grid's",
    ),
    query="lineage",
    geometry="multipolygon",
    identifier="passage",
    fields=(
        Field("edition_number", "integer", Text("版本号", "Number of the edition")),
        Field("old_code", "string", Text("旧编码", "Old code")),
        Field("new_code", "string", Text("新编码", "New code")),
        Field("kind", "string", Text("方式", "Kind"), values=_KINDS),
        Field("area_share", "number", Text("占旧网格面积的份额", "Share of the old grid's area")),
    ),
    fixed=True,
)
_EDITIONS = Collection(
    id="editions",
    title=Text("版本", "Editions"),
    description=Text(
        "已发布的各版界线；几何为当时的县界", "The published editions; the geometry is the county of its time"
    ),
    query="editions",
    geometry="multipolygon",
    identifier="integer",
    fields=(
        Field("number", "integer", Text("版本号", "Number")),
        Field("title", "string", Text("标题", "Title")),
        Field(
            "state",
            "string",
            Text("状态", "State"),
            values={"current": Text("现行", "Current"), "past": Text("历史", "Past")},
        ),
        Field("valid_from", "string", Text("生效日期", "Valid from"), format="date"),
        Field("recorded_at", "string", Text("登记时间", "Recorded"), format="date-time"),
        Field("synthetic", "boolean", Text("演示数据", "Synthetic data")),
    ),
)
_HOUSEHOLDS = Collection(
    id="households",
    title=Text("住户", "Households"),
    description=Text("您辖区内的住户及风险等级", "The households of your jurisdiction and their risk levels"),
    query="households",
    geometry="point",
    identifier="uuid",
    fields=(
        Field("head_name", "string", Text("户主", "Head of the household")),
        Field("members", "integer", Text("人数", "Members")),
        Field("address", "string", Text("地址", "Address")),
        _GRID_CODE,
        _UNIT_CODE,
        _HOW,
        Field(
            "risk",
            "string",
            Text("风险等级（空为未评定）", "Risk level (empty: not rated)"),
            values={
                "red": Text("红（高）", "Red (high)"),
                "yellow": Text("黄（中）", "Yellow (medium)"),
                "green": Text("绿（低）", "Green (low)"),
            },
        ),
        Field("since", "string", Text("登记日期", "Registered since"), format="date"),
    ),
    permission="households.read",
)
_ASSIGNMENTS = Collection(
    id="assignments",
    title=Text("住户归属", "Assignments"),
    description=Text(
        "您辖区内各户在该版本归属的网格和联户单元，以及起止日期；标识即住户",
        "The grid and unit of each household of your jurisdiction in the edition, and since and until when; the id is the household's",
    ),
    query="assignments",
    geometry="point",
    identifier="uuid",
    fields=(
        _GRID_CODE,
        _UNIT_CODE,
        _HOW,
        Field("edition_from", "integer", Text("起始版本", "First edition")),
        Field("since", "string", Text("起始日期", "Since"), format="date"),
        Field("edition_to", "integer", Text("不再属于的版本（空为至今）", "Edition that ended it (empty: it stands)")),
        Field("until", "string", Text("截止日期（不含）", "Until, that day not included"), format="date"),
    ),
    permission="households.read",
)
_SOURCES = {
    "visit": Text("上门走访", "Home visit"),
    "window": Text("窗口受理", "Reception window"),
    "hotline": Text("热线", "Hotline"),
    "app": Text("手机上报", "Mobile app"),
    "patrol": Text("巡查发现", "Patrol"),
    "transfer": Text("上级转办", "Transferred"),
}
_DISPUTES = Collection(
    id="disputes",
    title=Text("矛盾纠纷", "Disputes"),
    description=Text("您辖区内的矛盾纠纷", "The disputes of your jurisdiction"),
    query="disputes",
    geometry="point",
    identifier="uuid",
    fields=(
        Field("number", "string", Text("受理编号", "Receipt number")),
        Field("title", "string", Text("标题", "Title")),
        Field("category", "string", Text("类别", "Category")),
        Field("source", "string", Text("来源", "Source"), words=_SOURCES),
        Field(
            "urgency",
            "string",
            Text("紧急程度", "Urgency"),
            values={"normal": Text("普通", "Normal"), "urgent": Text("紧急", "Urgent")},
        ),
        Field(
            "state",
            "string",
            Text("办理环节", "State"),
            values={
                "accept": Text("受理", "Accepted"),
                "triage": Text("分流转办", "Triage"),
                "handle": Text("协同办理", "Handling"),
                "supervise": Text("跟踪督办", "Supervision"),
                "close": Text("办结", "Closed"),
                "archive": Text("归档", "Archived"),
                "revisit": Text("回访", "Revisited"),
            },
        ),
        Field("accepted_at", "string", Text("受理时间", "Accepted"), format="date-time"),
        Field("deadline", "string", Text("办理期限", "Deadline"), format="date-time"),
        Field("closed_at", "string", Text("办结时间", "Closed"), format="date-time"),
        Field("mediated", "boolean", Text("已调解", "Mediated")),
        Field("succeeded", "boolean", Text("调解成功", "Mediation succeeded")),
        _GRID_CODE,
        _UNIT_CODE,
    ),
    permission="disputes.read",
)

COLLECTIONS: dict[str, Collection] = {
    collection.id: collection
    for collection in (
        _grids(None),
        *map(_grids, _LEVELS),
        _UNITS,
        _CENTRES,
        _LINEAGE,
        _EDITIONS,
        _HOUSEHOLDS,
        _ASSIGNMENTS,
        _DISPUTES,
    )
}
"""Every collection by id, in the order in which they are listed."""


def visible(caller: Caller) -> tuple[str, ...]:
    """Ids of the collections the caller may read, in order."""
    return tuple(c.id for c in COLLECTIONS.values() if c.permission is None or caller.may(c.permission))


def collection_for(identifier: str, caller: Caller) -> Collection:
    """The collection of that id, if the caller may read it.

    Raises
    ------
    NotFound
        If there is none.
    NotSignedIn, Forbidden
        If it is personal and the caller is nobody, or has a role without the permission.
    """
    collection = COLLECTIONS.get(identifier)
    if collection is None:
        raise NotFound(what_zh="数据集", what_en="collection", value=identifier)
    if collection.permission is not None:
        caller.scope_for(collection.permission)
    return collection
