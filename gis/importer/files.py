"""The file as it was given: what format it has by its content, and the guards before anything parses it."""

import zipfile
import zlib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from gis.errors import FileUnreadable, TooLarge

MAX_BYTES = 2**30
"""Largest file that is opened, and largest sum of what a zip archive says it unpacks to."""

MAX_SHEET_BYTES = 2**28
"""Largest CSV file, and largest sum of the unpacked parts of a spreadsheet: tables that are read in Python."""

MAX_MEMBERS = 2_000
"""Most members of an archive."""

_BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError)
_SIDECARS = (".shx", ".dbf", ".prj", ".cpg")


class Format(StrEnum):
    """The formats that are read."""

    GPKG = "GeoPackage"
    SHAPEFILE = "Shapefile"
    GEOJSON = "GeoJSON"
    FLATGEOBUF = "FlatGeobuf"
    PARQUET = "GeoParquet"
    KML = "KML"
    CSV = "CSV"
    XLSX = "XLSX"


_SUFFIXES = {
    ".gpkg": Format.GPKG,
    ".shp": Format.SHAPEFILE,
    ".geojson": Format.GEOJSON,
    ".json": Format.GEOJSON,
    ".fgb": Format.FLATGEOBUF,
    ".parquet": Format.PARQUET,
    ".geoparquet": Format.PARQUET,
    ".kml": Format.KML,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".xlsx": Format.XLSX,
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to parse: ``path`` is what is opened (perhaps unpacked), ``name`` what the person gave."""

    path: Path
    format: Format
    name: str


def unreadable(name: str, reason_zh: str, reason_en: str) -> FileUnreadable:
    """The error for a file that cannot be used, with its plain reason."""
    return FileUnreadable(path=name, reason_zh=reason_zh, reason_en=reason_en)


@contextmanager
def opened(path: Path, layer: str | None = None) -> Generator[Source]:
    """The data file behind a path: the file itself, the Shapefile of a folder, or what a zip archive holds.

    Parameters
    ----------
    path : file, folder with a Shapefile, or zip archive with one data file (also a Shapefile and its companions).
    layer : name without suffix of the one to take where a folder or an archive holds several.

    Raises
    ------
    FileUnreadable
        If it is missing, empty, of no known format, damaged, locked by a password, or several files are in it.
    TooLarge
        If the file, or what it would unpack to, is larger than `MAX_BYTES`, or has more than `MAX_MEMBERS` members.
    """
    name = path.name or str(path)
    with TemporaryDirectory(prefix="wangge-import-") as folder:
        try:
            source = _source(path, name, layer, Path(folder))
        except OSError as error:
            reason = error.strerror or str(error)
            raise unreadable(name, f"打不开（{reason}）", f"it cannot be opened ({reason})") from error
        yield source


def _source(path: Path, name: str, layer: str | None, folder: Path) -> Source:
    file = _in_folder(path, layer) if path.is_dir() else path
    if not file.is_file():
        raise unreadable(name, "文件不存在", "there is no such file")
    _check_size(file.stat().st_size, MAX_BYTES, name)
    if zipfile.is_zipfile(file) and not _is_workbook(file):
        file = _unpacked(file, folder, layer)
    form = _format(file, name)
    if form is Format.CSV:
        _check_size(file.stat().st_size, MAX_SHEET_BYTES, name)
    return Source(file, form, name)


def _check_size(size: int, limit: int, name: str) -> None:
    if size == 0:
        raise unreadable(name, "文件是空的", "the file is empty")
    if size > limit:
        raise TooLarge(what=name, limit=f"{limit // 2**20} MiB")


def _in_folder(folder: Path, layer: str | None) -> Path:
    found = [file for file in sorted(folder.iterdir()) if file.suffix.lower() == ".shp"]
    return found[_only([file.stem for file in found], layer, folder.name)]


def _only(names: list[str], layer: str | None, container: str) -> int:
    """Position of the one data file that is meant."""
    if not names:
        raise unreadable(container, "里面没有可导入的数据文件", "there is no file in it that can be imported")
    if layer in names:
        return names.index(layer)
    if len(names) > 1:
        listed = ", ".join(names[:10])
        raise unreadable(
            container,
            f"里面有 {len(names)} 个数据文件，请用 --layer 指定一个：{listed}",
            f"there are {len(names)} data files in it, name one with --layer: {listed}",
        )
    return 0


def _is_workbook(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (*_BROKEN_ARCHIVE, NotImplementedError):
        return False


def _unpacked(path: Path, folder: Path, layer: str | None) -> Path:
    """Unpack the one data file of an archive under names of our own: no name in the archive becomes a path."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {_name(info): info for info in archive.infolist() if not info.is_dir()}
            if len(members) > MAX_MEMBERS:
                raise TooLarge(what=path.name, limit=f"{MAX_MEMBERS} members")
            data = sorted(name for name in members if _is_data(PurePosixPath(name)))
            chosen = PurePosixPath(data[_only([PurePosixPath(n).stem for n in data], layer, path.name)])
            wanted = {suffix: members[name] for name, suffix in _family(chosen, members)}
            # ZipExtFile never reads beyond the declared size, so the declared sizes are the guard.
            _check_size(sum(info.file_size for info in wanted.values()), MAX_BYTES, path.name)
            for suffix, info in wanted.items():
                with archive.open(info) as packed, (folder / f"data{suffix}").open("wb") as file:
                    copyfileobj(packed, file)
            return folder / f"data{chosen.suffix.lower()}"
    except _BROKEN_ARCHIVE as error:
        raise unreadable(path.name, "压缩包已损坏", "the archive is damaged") from error
    except (RuntimeError, NotImplementedError) as error:  # how zipfile answers to a password or an odd method
        raise unreadable(path.name, "压缩包已加密或压缩方式不受支持", "it is locked or packed oddly") from error


def _name(info: zipfile.ZipInfo) -> str:
    """A member's name; Chinese Windows writes it in GBK without saying so."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def _is_data(name: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in name.parts)
    return not hidden and name.suffix.lower() in _SUFFIXES and name.suffix.lower() != ".txt"


def _family(chosen: PurePosixPath, names: Iterable[str]) -> list[tuple[str, str]]:
    """The chosen member, and the companions of a Shapefile, each with its suffix."""
    family = [(str(chosen), chosen.suffix.lower())]
    if chosen.suffix.lower() == ".shp":
        for name in names:
            other = PurePosixPath(name)
            if other.parent == chosen.parent and other.stem == chosen.stem and other.suffix.lower() in _SIDECARS:
                family.append((name, other.suffix.lower()))
    return family


def _format(path: Path, name: str) -> Format:
    """The format by what the file holds; the suffix only tells text from text."""
    with path.open("rb") as file:
        head = file.read(4096)
    found = _by_magic(head, path)
    if found is Format.XLSX:
        _check_workbook(path, name)
    elif found is Format.SHAPEFILE:
        _check_companions(path, name)
    if found is None:
        raise unreadable(name, *_why_not(head))
    return found


def _by_magic(head: bytes, path: Path) -> Format | None:
    magics = {
        b"SQLite format 3\0": Format.GPKG if head[68:70] == b"GP" else None,
        b"fgb\x03": Format.FLATGEOBUF,
        b"PAR1": Format.PARQUET,
        b"PK\x03\x04": Format.XLSX if _is_workbook(path) else None,
        b"\x00\x00\x27\x0a": Format.SHAPEFILE,
    }
    for magic, found in magics.items():
        if head.startswith(magic):
            return found
    return _text_format(head, path)


def _text_format(head: bytes, path: Path) -> Format | None:
    suffix = _SUFFIXES.get(path.suffix.lower())
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        # A document type could name entities or other files; KML has none.
        return Format.KML if b"<kml" in text and b"<!DOCTYPE" not in text else None
    if text.startswith(b"{") and suffix in {None, Format.GEOJSON}:
        return Format.GEOJSON
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return Format.CSV if suffix is Format.CSV and (utf16 or b"\0" not in head) else None


def _why_not(head: bytes) -> tuple[str, str]:
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return (
            "这是旧版 Excel（.xls）或加了密码的表格，请另存为不带密码的 .xlsx",
            "it is an old Excel file (.xls) or needs a password: save it as .xlsx without one",
        )
    if head.lstrip().startswith(b"<"):
        return "这是网页或其他 XML，不是 KML", "it is a web page or other XML, not KML"
    return (
        "不是可识别的格式（GeoPackage、Shapefile、GeoJSON、FlatGeobuf、GeoParquet、KML、CSV、XLSX）",
        "its format is not known (GeoPackage, Shapefile, GeoJSON, FlatGeobuf, GeoParquet, KML, CSV, XLSX)",
    )


def _check_workbook(path: Path, name: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    if len(parts) > MAX_MEMBERS:
        raise TooLarge(what=name, limit=f"{MAX_MEMBERS} members")
    _check_size(sum(part.file_size for part in parts), MAX_SHEET_BYTES, name)


def _check_companions(path: Path, name: str) -> None:
    there = {file.suffix.lower() for file in path.parent.iterdir() if file.stem == path.stem}
    missing = [f"{path.stem}{suffix}" for suffix in (".shx", ".dbf") if suffix not in there]
    if missing:
        listed = ", ".join(missing)
        raise unreadable(name, f"缺少 Shapefile 的伴随文件 {listed}", f"its companion {listed} is missing")
