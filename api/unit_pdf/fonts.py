"""Fonts with Chinese characters on this machine; what a PDF uses of them is embedded in it, so every reader shows it."""

import os
import shutil
from functools import cache
from pathlib import Path
from typing import NamedTuple

from gis.errors import FontMissing
from gis.pg_programs import Tell, apt

KNOWN = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
)
"""Files of free Han fonts, the best first. Rare characters that one lacks come from the next (䂖 is in no WenQuanYi)."""
PACKAGES = ("fonts-wqy-microhei", "fonts-droid-fallback")


class Font(NamedTuple):
    """A font file, and the face in it where it is a collection."""

    path: Path
    face: int


@cache
def fonts() -> tuple[Font, ...]:
    """The Han fonts of this machine, the best first: enough of them to write rare characters too.

    Raises
    ------
    FontMissing
    """
    found = tuple(Font(path, _face(path)) for path in font_files())
    if not found:
        raise FontMissing
    # Noto and Source Han have every character; anything else is helped by the rest.
    return found[:1] if found[0].path.name.startswith(("Noto", "SourceHan")) else found


def font_files(folders: str | None = None) -> list[Path]:
    """Files of `KNOWN` in the font folders of the system (XDG_DATA_DIRS unless given), the best first."""
    given = folders or os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    there: dict[str, Path] = {}
    for folder in given.split(":"):
        for path in sorted(Path(folder, "fonts").rglob("*.[to]t[cf]")):
            there.setdefault(path.name, path)
    return [there[name] for name in KNOWN if name in there]


def _face(path: Path) -> int:
    """The face for simplified Chinese of a collection, 0 for a single font."""
    from fontTools.ttLib import TTCollection  # heavy: only where a sheet is made

    if path.suffix != ".ttc":
        return 0
    with TTCollection(path, lazy=True) as faces:
        names = [str(face["name"].getDebugName(4)) for face in faces.fonts]
    return next((k for k, name in enumerate(names) if name.endswith(" SC")), 0)


def install_fonts(data: Path, tell: Tell) -> None:
    """Have the machine get Han fonts from its packages if it has none; a machine that cannot is told what to install.

    Small ones, 3 MB together: Noto CJK would be 55. Where that failed it is not tried again, so that no later start waits
    for a network that is not there: a file in the data folder says so.
    """
    apt_get, tried = shutil.which("apt-get"), data / "fonts-not-installed"
    if font_files() or os.geteuid() != 0 or apt_get is None or tried.exists():
        return
    tell("安装汉字字体（打印单元清单用）", "installing Chinese fonts (to print unit sheets)")
    command = [apt_get, "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=60", *PACKAGES]
    if apt(command) and (apt([apt_get, "update", "-qq"]) or apt(command)):
        tried.touch()
        tell(*(FontMissing().message(lang) for lang in ("zh", "en")))
