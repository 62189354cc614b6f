"""Chinese text in files that do not say, or say wrongly, how it is encoded."""

import codecs
from collections.abc import Sequence

from gis.errors import InvalidInput
from gis.importer.files import unreadable

_GBK = {"gbk", "gb2312", "gb18030", "hz", "cp936"}
_MOSTLY = 20  # with fewer broken places than one in so many characters it is damaged UTF-8, not GBK


def canonical(encoding: str) -> str:
    """Python's name of an encoding; the GB family is read as GB 18030, which holds all of it and all of Unicode.

    Raises
    ------
    InvalidInput
        If there is no such encoding.
    """
    text = encoding.strip().lower()
    if text in {"936", "ansi 936", "oem 936"}:
        return "gb18030"
    if text == "65001":
        return "utf-8"
    try:
        name = codecs.lookup(text).name
    except LookupError as error:
        raise InvalidInput(
            field="--encoding",
            reason_zh=f"没有“{encoding}”这种编码，常用 utf-8、gbk",
            reason_en=f'there is no encoding "{encoding}"; usual are utf-8 and gbk',
        ) from error
    return "gb18030" if name in _GBK else name


def decode_file(data: bytes, given: str | None, name: str) -> tuple[str, str]:
    """The text of a file and its encoding: as given, by its byte order mark, else UTF-8 or GB 18030 by what fits.

    Raises
    ------
    FileUnreadable
        If the bytes are not text in that encoding; the line is named.
    InvalidInput
        See `canonical`.
    """
    encoding = canonical(given) if given else _by_mark(data) or detect([data], name)
    if encoding == "utf-8":
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise unreadable(
            name, f"第 {line} 行不是 {encoding} 编码的文字", f"line {line} is not text in {encoding}"
        ) from error


def _by_mark(data: bytes) -> str | None:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def detect(samples: Sequence[bytes], name: str) -> str:
    """``utf-8`` or ``gb18030``, whichever all samples are valid in; UTF-8 where both are.

    Raises
    ------
    FileUnreadable
        If neither fits, or the text is UTF-8 but for a few broken places, which GB 18030 would read as nonsense.
    """
    if all(_fits(sample, "utf-8") for sample in samples):
        return "utf-8"
    if all(_fits(sample, "gb18030") for sample in samples) and not _damaged_utf8(samples):
        return "gb18030"
    raise unreadable(
        name,
        "文字既不是完好的 UTF-8 也不是 GBK；若知道编码请用 --encoding 指定",
        "its text is neither sound UTF-8 nor GBK; say --encoding if you know which it is",
    )


def decode_cell(cell: bytes, encoding: str) -> str:
    """The text of a cell of fixed width, which may end in the middle of a character; that one is dropped.

    Raises
    ------
    UnicodeDecodeError
        If the bytes are not text in that encoding.
    """
    return codecs.getincrementaldecoder(encoding)().decode(cell, final=False)


def _fits(sample: bytes, encoding: str) -> bool:
    try:
        decode_cell(sample, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _damaged_utf8(samples: Sequence[bytes]) -> bool:
    text = b"\n".join(samples).decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken * _MOSTLY < sum(not character.isascii() for character in text)
