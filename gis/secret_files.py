"""Files that hold a secret: whole or not there, and readable by their owner only."""

import os
from pathlib import Path


def write_secret(path: Path, secret: str) -> None:
    """Write a secret to a file, in the place of one that is there; the folder is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(secret)
    draft.replace(path)
