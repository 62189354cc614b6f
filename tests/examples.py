"""How long properties search: shortly at the gate, as each commit meets it, and long in ``wangge test --all``."""

from hypothesis import settings


def examples(gate: int, search: int) -> int:
    """The number of examples, or of rounds, of the profile of this run; see tests/conftest.py."""
    return search if settings.get_current_profile_name() == "search" else gate
