"""The one hierarchy of errors; a class's docstring is its message: first line Chinese, second English."""

from typing import ClassVar, Literal

Lang = Literal["zh", "en"]


class WanggeError(Exception):
    """出现内部错误：{detail}
    Something went wrong inside the service: {detail}
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1

    def __init__(self, **fields: object) -> None:
        super().__init__(fields)
        self.fields = fields

    def message(self, lang: Lang = "zh") -> str:
        """The message in ``lang`` with this error's fields filled in."""
        lines = [line.strip() for line in (type(self).__doc__ or "").strip().splitlines()]
        template = lines[0] if lang == "zh" else lines[1]
        return template.format_map(_Fields(self.fields))

    def __str__(self) -> str:
        return self.message("en")


class _Fields(dict[str, object]):
    """Shows a field that was not given as a dash instead of failing while an error is told."""

    def __missing__(self, key: str) -> str:
        return "—"


class InvalidInput(WanggeError):
    """参数“{field}”无效：{reason_zh}
    Invalid value for "{field}": {reason_en}
    """

    code = "invalid-input"
    exit_code = 3


class InvalidCode(InvalidInput):
    """编码“{value}”不符合网格编码规则（6、9、12、15 或 17 位数字，联户单元 20 位）
    "{value}" is not a grid code (6, 9, 12, 15 or 17 digits; 20 for a neighbour unit)
    """

    code = "invalid-code"


class InvalidCrs(InvalidInput):
    """不支持的坐标系“{value}”；可用：{known}
    Unsupported coordinate reference system "{value}"; known: {known}
    """

    code = "invalid-crs"


class TooLarge(InvalidInput):
    """请求过大：{what} 超过上限 {limit}
    Too large: {what} exceeds the limit of {limit}
    """

    code = "too-large"


class TooSlow(InvalidInput):
    """请求体传送过慢：{limit} 内没有收到更多数据
    The request's body came too slowly: nothing more arrived within {limit}
    """

    code = "too-slow"


class UnsupportedType(InvalidInput):
    """不支持的内容类型 {what}；可用：{known}
    Unsupported type {what}; known: {known}
    """

    code = "unsupported-type"


class NotAcceptable(InvalidInput):
    """答案没有 Accept 所要求的格式；可用：{known}
    There is no answer of a type that Accept names; there are: {known}
    """

    code = "not-acceptable"


class NotFound(WanggeError):
    """没有找到{what_zh}“{value}”
    There is no {what_en} "{value}"
    """

    code = "not-found"
    exit_code = 4


class UnknownGrid(NotFound):
    """没有找到网格“{value}”；{hint_zh}
    There is no grid "{value}"; {hint_en}
    """


class OutsideCounty(NotFound):
    """点（{lon}, {lat}）不在本辖区内
    The point ({lon}, {lat}) lies outside the county
    """

    code = "outside"


class Retired(NotFound):
    """网格“{value}”已撤销；后继网格：{successors_zh}
    The grid "{value}" is retired; its successors: {successors_en}
    """

    code = "retired"


class NotSignedIn(WanggeError):
    """需要登录后才能查看
    Sign in to see this
    """

    code = "not-signed-in"
    exit_code = 9


class SignInFailed(NotSignedIn):
    """用户名或密码不正确
    The user name or the password is wrong
    """

    code = "sign-in-failed"


class Forbidden(WanggeError):
    """您的角色或辖区无权进行此操作：{reason_zh}
    Your role or jurisdiction does not allow this: {reason_en}
    """

    code = "forbidden"
    exit_code = 9


class Conflict(WanggeError):
    """操作与当前状态冲突：{reason_zh}
    This conflicts with the present state: {reason_en}
    """

    code = "conflict"
    exit_code = 7


class PreconditionFailed(Conflict):
    """“{value}”已不是您看到的样子（If-Match）；请重新读取
    "{value}" is no longer as you saw it (If-Match); read it again
    """

    code = "precondition-failed"


class CodesExhausted(Conflict):
    """“{parent}”下的编码已用完，编码从不加长、从不复用
    No code is left under "{parent}"; codes are never widened and never reused
    """

    code = "codes-exhausted"


class CheckFailed(WanggeError):
    """检查发现 {count} 个问题，未写入任何数据
    The check found {count} problems; nothing was written
    """

    code = "check-failed"
    exit_code = 8


class CoordinatesMisread(CheckFailed):
    """坐标与声明不符，未写入任何数据：{reason_zh}
    The coordinates are not what was declared; nothing was written: {reason_en}
    """

    code = "coordinates-misread"


class FileUnreadable(InvalidInput):
    """无法读取文件 {path}：{reason_zh}
    Cannot read the file {path}: {reason_en}
    """

    code = "file-unreadable"


class DatabaseUnavailable(WanggeError):
    """数据库暂时不可用，恢复后会自动重连：{detail}
    The database is not available at the moment; the service reconnects by itself: {detail}
    """

    code = "database-unavailable"
    exit_code = 5


class TooLong(WanggeError):
    """操作超时，已撤销：{detail}
    This took too long and was undone: {detail}
    """

    code = "too-long"
    exit_code = 5


class StorageFull(WanggeError):
    """磁盘空间不足，本次操作已完整撤销：{detail}
    The disk is full; this operation was undone completely: {detail}
    """

    code = "storage-full"
    exit_code = 10


class NotReady(WanggeError):
    """尚未发布任何版本；请先运行 wangge demo，或导入网格后运行 wangge publish
    Nothing is published yet; run "wangge demo", or import grids and run "wangge publish"
    """

    code = "not-ready"
    exit_code = 6


class FontMissing(NotReady):
    """没有可用的中文字体；请在服务器上安装 fonts-noto-cjk，或 fonts-wqy-microhei 与 fonts-droid-fallback
    There is no Chinese font; install fonts-noto-cjk on the server, or fonts-wqy-microhei and fonts-droid-fallback
    """

    code = "font-missing"


class TooManyStreams(WanggeError):
    """保持打开的连接已达上限，请稍后再试
    As many streams are open as this process may hold; try again later
    """

    code = "too-many-streams"
    exit_code = 6


class SetupNeeded(WanggeError):
    """运行环境尚未就绪：{reason_zh}
    The environment is not ready: {reason_en}
    """

    code = "setup-needed"
    exit_code = 6


class MigrationRefused(SetupNeeded):
    """数据库迁移被拒绝：{reason_zh}
    Migration refused: {reason_en}
    """

    code = "migration-refused"
