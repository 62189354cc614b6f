"""Why a body or a parameter is not valid, in Chinese and English, from the types of pydantic's findings."""

from collections.abc import Mapping
from typing import Any

_REASONS: dict[str, tuple[str, str]] = {
    "missing": ("必填", "is required"),
    "extra_forbidden": ("没有这个字段", "there is no such member"),
    "json_invalid": ("不是有效的 JSON：{error}", "is no JSON: {error}"),
    "string_type": ("应为文本", "must be a text"),
    "string_unicode": ("含有无效字符", "holds invalid characters"),
    "string_too_short": ("至少 {min_length} 个字符", "needs at least {min_length} characters"),
    "string_too_long": ("最多 {max_length} 个字符", "may have at most {max_length} characters"),
    "string_pattern_mismatch": ("格式不符（{pattern}）", "does not match {pattern}"),
    "int_type": ("应为整数", "must be a whole number"),
    "int_parsing": ("应为整数", "must be a whole number"),
    "int_parsing_size": ("数字过大", "is too large a number"),
    "int_from_float": ("应为整数", "must be a whole number"),
    "float_type": ("应为数字", "must be a number"),
    "float_parsing": ("应为数字", "must be a number"),
    "finite_number": ("应为有限的数字", "must be a finite number"),
    "bool_type": ("应为 true 或 false", "must be true or false"),
    "bool_parsing": ("应为 true 或 false", "must be true or false"),
    "greater_than": ("应大于 {gt}", "must be above {gt}"),
    "greater_than_equal": ("不能小于 {ge}", "must be at least {ge}"),
    "less_than": ("应小于 {lt}", "must be below {lt}"),
    "less_than_equal": ("不能大于 {le}", "must be at most {le}"),
    "literal_error": ("应为 {expected}", "must be {expected}"),
    "enum": ("应为 {expected}", "must be {expected}"),
    "uuid_type": ("应为 UUID", "must be a UUID"),
    "uuid_parsing": ("应为 UUID", "must be a UUID"),
    "list_type": ("应为数组", "must be an array"),
    "dict_type": ("应为对象", "must be an object"),
    "model_type": ("应为对象", "must be an object"),
    "model_attributes_type": ("应为 JSON 对象", "must be a JSON object"),
    "date_type": ("应为日期，如 2023-12-31", "must be a date such as 2023-12-31"),
    "datetime_type": ("应为时间，如 2023-12-31T08:30:00+08:00", "must be a time such as 2023-12-31T08:30:00+08:00"),
}


def reason(finding: Mapping[str, Any]) -> tuple[str, str]:
    """The words for one finding; pydantic's own, in English, for a kind that has none here."""
    words = _REASONS.get(str(finding.get("type")))
    if words is None:
        text = str(finding.get("msg", "invalid"))
        return text, text
    context: dict[str, Any] = finding.get("ctx") or {}
    zh, en = words
    chinese = context | {"expected": str(context.get("expected", "—")).replace(" or ", " 或 ")}
    return zh.format_map(_Known(chinese)), en.format_map(_Known(context))


class _Known(dict[str, Any]):
    """Shows a dash for what a finding does not tell."""

    def __missing__(self, key: str) -> str:
        return "—"
