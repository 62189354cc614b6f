"""Who asks, and for which part of the county: the row scope of a transaction."""

from dataclasses import dataclass

from gis.errors import Forbidden

PREFIX_LENGTHS = frozenset({6, 9, 12, 15, 17})


@dataclass(frozen=True, slots=True)
class Scope:
    """A jurisdiction: code prefixes whose personal rows may be touched, and who touches them.

    Raises
    ------
    Forbidden
        If there is no prefix, or one is not the code of a grid: an empty scope would match everything.
    """

    prefixes: tuple[str, ...]
    actor: str
    role: str

    def __post_init__(self) -> None:
        """Refuse a scope that could fall open."""
        for prefix in self.prefixes:
            if not (prefix.isascii() and prefix.isdigit() and len(prefix) in PREFIX_LENGTHS):
                raise Forbidden(reason_zh=f"辖区“{prefix}”无效", reason_en=f'"{prefix}" is no jurisdiction')
        if not self.prefixes:
            raise Forbidden(reason_zh="没有指定辖区", reason_en="no jurisdiction is given")

    @property
    def setting(self) -> str:
        """The value of the transaction setting ``wangge.scope``."""
        return ",".join(self.prefixes)

    def covers(self, code: str) -> bool:
        """Whether the grid (or unit) ``code`` lies in this jurisdiction."""
        return code.startswith(self.prefixes)


def everything(prefixes: list[str], actor: str) -> Scope:
    """The scope of work on whole counties that people on the machine itself do (import, publish, demo)."""
    return Scope(tuple(prefixes), actor, "operator")
