"""What the doctor says of one thing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from api.cli.console import out, text

Pair = tuple[str, str]
"""The same words in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Attributes
    ----------
    state : ``fail`` where something does not work, ``warn`` where something is merely not there or not soon will be.
    what, found : the thing, and how it is.
    mend : what to do about it.
    remedy : does it, where that can be done without asking.
    """

    state: Literal["ok", "warn", "fail"]
    what: Pair
    found: Pair
    mend: Pair | None = None
    remedy: Callable[[], None] | None = None

    def show(self) -> None:
        """Print it in the language of this run."""
        mark = {"ok": "[green]✓[/green]", "warn": "[yellow]![/yellow]", "fail": "[red]✗[/red]"}[self.state]
        out.print(f"{mark} {text(*self.what)}{text('：', ': ')}", end="")
        out.print(text(*self.found), markup=False)
        if self.mend:
            out.print(f"    → {text(*self.mend)}", markup=False)


def same(words: str) -> Pair:
    """Words that are the same in both languages."""
    return words, words
