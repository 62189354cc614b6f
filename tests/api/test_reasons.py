"""Why an input is not valid, in both languages."""

from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.reasons import reason


class Everything(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    text: Annotated[str, Field(min_length=2, max_length=3, pattern="^[a-z]*$")] = "aa"
    whole: Annotated[int, Field(ge=1, lt=9)] = 1
    real: Annotated[float, Field(gt=0, le=1)] = 0.5
    flag: bool = True
    word: Literal["red", "green"] = "red"
    identity: UUID = UUID(int=0)
    many: list[int] = []
    needed: int


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ({}, "必填", "is required"),
        ({"text": 5}, "应为文本", "must be a text"),
        ({"text": "a"}, "至少 2 个字符", "needs at least 2 characters"),
        ({"text": "aaaa"}, "最多 3 个字符", "may have at most 3 characters"),
        ({"text": "AA"}, "格式不符（^[a-z]*$）", "does not match ^[a-z]*$"),
        ({"whole": "x"}, "应为整数", "must be a whole number"),
        ({"whole": 1.5}, "应为整数", "must be a whole number"),
        ({"whole": 0}, "不能小于 1", "must be at least 1"),
        ({"whole": 9}, "应小于 9", "must be below 9"),
        ({"real": float("nan")}, "应为有限的数字", "must be a finite number"),
        ({"real": 0}, "应大于 0.0", "must be above 0.0"),
        ({"real": 2}, "不能大于 1.0", "must be at most 1.0"),
        ({"flag": "x"}, "应为 true 或 false", "must be true or false"),
        ({"word": "blue"}, "应为 'red' 或 'green'", "must be 'red' or 'green'"),
        ({"identity": "x"}, "应为 UUID", "must be a UUID"),
        ({"many": 1}, "应为数组", "must be an array"),
        ({"other": 1}, "没有这个字段", "there is no such member"),
    ],
)
def test_reasons(given: dict[str, Any], zh: str, en: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Everything(**({"needed": 1} if given else {}), **given)
    (finding,) = caught.value.errors()
    assert reason(dict(finding)) == (zh, en)


def test_unknown_kinds_keep_their_own_words() -> None:
    assert reason({"type": "new_kind", "msg": "Odd"}) == ("Odd", "Odd")
    assert reason({"type": "string_too_long"}) == ("最多 — 个字符", "may have at most — characters")
