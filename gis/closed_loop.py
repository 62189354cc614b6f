"""The closed loop of a dispute (闭环): its states, the steps between them and who may take them. Pure rules.

accept 兜底受理 → triage 分流转办 → handle 协同办理 → supervise 跟踪督办 → close 办结 → archive 归档 → revisit 回访.
A dispute that needs no supervision is closed straight from handling. Two steps lead back, and say why:
supervision returns a dispute to its handlers, and a revisit that finds it unsettled reopens it; a reopened
dispute is neither closed nor mediated until it is closed again, while the log keeps the first closing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from gis.errors import Conflict, Forbidden, InvalidInput

State = Literal["accept", "triage", "handle", "supervise", "close", "archive", "revisit"]
STATES: tuple[State, ...] = get_args(State)
CLOSED: frozenset[State] = frozenset({"close", "archive", "revisit"})
"""States of a dispute that is done."""

STATE_NAMES: dict[State, tuple[str, str]] = {
    "accept": ("受理", "accepted"),
    "triage": ("分流转办", "triage"),
    "handle": ("协同办理", "being handled"),
    "supervise": ("跟踪督办", "supervised"),
    "close": ("办结", "closed"),
    "archive": ("归档", "archived"),
    "revisit": ("回访", "revisited"),
}

_CENTRE = frozenset({"dispatcher", "operator"})
_GROUND = _CENTRE | {"grid_staff"}
STEPS: dict[tuple[State, State], frozenset[str]] = {
    ("accept", "triage"): _GROUND,
    ("triage", "handle"): _CENTRE,
    ("handle", "supervise"): _CENTRE,
    ("handle", "close"): _GROUND | {"mediator"},
    ("supervise", "handle"): _CENTRE,
    ("supervise", "close"): _CENTRE | {"mediator"},
    ("close", "archive"): _CENTRE,
    ("archive", "revisit"): _GROUND,
    ("revisit", "handle"): _CENTRE,
}
"""Every step there is, with the roles that may take it."""

_BACK = frozenset({("supervise", "handle"), ("revisit", "handle")})


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the log: to which state, when, and at a closing whether the mediation succeeded."""

    to: State
    at: datetime
    succeeded: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a dispute stands: what its log adds up to."""

    state: State
    closed_at: datetime | None = None
    succeeded: bool | None = None

    @property
    def mediated(self) -> bool:
        """Whether a mediation came to its end, with or without success."""
        return self.closed_at is not None

    def after(self, step: Step) -> "Standing":
        """How it stands after one more step, which must have passed `check_step`."""
        if step.to == "close":
            return Standing("close", step.at, step.succeeded)
        if step.to in CLOSED:
            return Standing(step.to, self.closed_at, self.succeeded)
        return Standing(step.to)


def next_states(state: State, role: str | None = None) -> list[State]:
    """The states that may follow ``state``, those that ``role`` may set where one is given."""
    return [to for (source, to), roles in STEPS.items() if source == state and (role is None or role in roles)]


def check_step(state: State, to: State, role: str, *, succeeded: bool | None, note: str) -> None:
    """Check a step before it is taken.

    Raises
    ------
    Conflict
        If no step leads from ``state`` to ``to``.
    Forbidden
        If ``role`` may not take it.
    InvalidInput
        If a closing does not say whether the mediation succeeded (or another step does), or a step back has no note.
    """
    roles = STEPS.get((state, to))
    if roles is None:
        (now_zh, now_en), (zh, en) = STATE_NAMES[state], STATE_NAMES[to]
        raise Conflict(
            reason_zh=f"当前为“{now_zh}”，不能转为“{zh}”", reason_en=f'it is "{now_en}", which "{en}" cannot follow'
        )
    if role not in roles:
        zh, en = STATE_NAMES[to]
        raise Forbidden(reason_zh=f"您的角色不能将纠纷转为“{zh}”", reason_en=f'your role may not set it to "{en}"')
    if (succeeded is not None) != (to == "close"):
        raise InvalidInput(
            field="succeeded",
            reason_zh="办结时必填，其他环节不填",
            reason_en="needed to close a dispute, and only then",
        )
    if (state, to) in _BACK and not note:
        raise InvalidInput(field="note", reason_zh="退回须说明原因", reason_en="a step back needs a reason")


def replay(log: Iterable[Step]) -> Standing:
    """How a dispute stands after the whole log, whose first entry is the acceptance.

    Raises
    ------
    Conflict
        If the log does not begin with ``accept`` or takes a step that does not exist.
    """
    standing: Standing | None = None
    for step in log:
        before = None if standing is None else standing.state
        if standing is None and step.to == "accept":
            standing = Standing("accept")
        elif standing is not None and (standing.state, step.to) in STEPS:
            standing = standing.after(step)
        else:
            raise Conflict(reason_zh=f"记录中断：{before} → {step.to}", reason_en=f"broken log: {before} → {step.to}")
    if standing is None:
        raise Conflict(reason_zh="记录为空", reason_en="the log is empty")
    return standing
