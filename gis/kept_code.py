"""Compiled loops (numba) kept on disk from process to process, and never used after a change of any source they have parts of."""

import hashlib
import logging
from functools import cache
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)


def keep(dispatcher: Any, folder: Path) -> None:
    """Let numba keep what it compiles of a function, for as long as the Python files of ``folder`` stay as they are.

    numba compares the file of the function alone, but what is compiled has parts from other files. It writes to
    ``__pycache__`` beside the source; if that cannot be written, to the account's cache folder; ``NUMBA_CACHE_DIR`` names
    another place. Where nothing can be written each process compiles for itself, and a warning says so.
    """
    try:
        dispatcher.enable_caching()
    except RuntimeError as error:  # numba found no folder to write to
        _log.warning("no folder for compiled loops: set NUMBA_CACHE_DIR (%s)", error)
    else:
        dispatcher._cache._cache_file._source_stamp = sources(folder)  # noqa: SLF001 (numba has no other way)


@cache
def sources(folder: Path) -> str:
    """A digest of the Python files of a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
