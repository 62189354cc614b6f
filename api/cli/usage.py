"""Wrong use of the command line, told in Chinese and English."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from typer import TyperException

from api.reasons import reason
from gis.errors import WanggeError


class WrongUse(WanggeError):
    """用法有误：{reason_zh}
    Wrong use: {reason_en}
    """

    code = "wrong-use"
    exit_code = 2


def no_such_verb(verb: str, verbs: Sequence[str]) -> WrongUse:
    """The error for a verb that there is not, with the nearest one."""
    near = get_close_matches(verb, verbs, 1)
    zh, en = (f"；是否要用 {near[0]}？", f"; did you mean {near[0]}?") if near else ("", "")
    return WrongUse(reason_zh=f"没有命令“{verb}”{zh}", reason_en=f'there is no command "{verb}"{en}')


def told(error: TyperException) -> WrongUse:
    """The error for what typer refused.

    typer keeps its kinds of errors to itself, so they are known by name here; a kind that is not keeps its words.
    """
    makers = {
        "NoSuchOption": _no_such_option,
        "MissingParameter": _missing,
        "BadParameter": _bad_value,
        "BadOptionUsage": _bad_option,
        "UsageError": _extra,
    }
    make = makers.get(type(error).__name__)
    zh, en = make(error) if make else (error.format_message(),) * 2
    return WrongUse(reason_zh=zh, reason_en=en)


def _no_such_option(error: Any) -> tuple[str, str]:
    near = ", ".join(error.possibilities or ())
    zh, en = (f"；相近的有 {near}", f"; there is {near}") if near else ("", "")
    return f"没有选项 {error.option_name}{zh}", f"there is no option {error.option_name}{en}"


def _missing(error: Any) -> tuple[str, str]:
    name = _name(error.param)
    return f"缺少 {name}", f"{name} is missing"


def _bad_option(error: Any) -> tuple[str, str]:
    name = error.option_name
    if "requires" in error.message:
        return f"选项 {name} 需要一个值", f"the option {name} needs a value"
    return f"选项 {name} 不带值", f"the option {name} takes no value"


def _extra(error: Any) -> tuple[str, str]:
    if error.message.startswith("Missing command"):
        return "缺少动作", "an action is missing"
    action = re.search(r"^No such command '(.*)'", error.message)
    if action:
        return f"没有动作“{action[1]}”", f'there is no action "{action[1]}"'
    words = re.search(r"\(([^()]*)\)$", error.message)
    given = words[1] if words else error.message
    return f"多余的参数：{given}", f"too many arguments: {given}"


def _bad_value(error: Any) -> tuple[str, str]:
    name, zh, en = _name(error.param), error.message, error.message
    if isinstance(error.__cause__, ValidationError):
        finding = error.__cause__.errors()[0]
        zh, en = reason(finding)
        choice = re.search(r"is not one of (.*)\.$", finding["msg"])
        if choice:
            zh, en = f"可选 {choice[1]}", f"one of {choice[1]}"
        return f"{name} {zh}（给出的是“{finding['input']}”）", f'{name} {en} (given: "{finding["input"]}")'
    return f"{name}：{zh}", f"{name}: {en}"


def _name(param: Any) -> str:
    """An option by its longest name, an argument in capitals."""
    names = [name for name in param.opts if name.startswith("-")]
    return max(names, key=len) if names else str(param.name).upper()
