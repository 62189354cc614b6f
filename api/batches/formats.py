"""Which reader takes a body, and which writer makes the answer: Content-Type, Content-Encoding and Accept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache

from api.batches.arrow_ipc import ArrowReader, ArrowWriter
from api.batches.csv_table import CsvReader, CsvWriter
from api.batches.json_forms import GeoJsonReader, GeoJsonWriter, JsonReader, JsonWriter
from api.batches.lines import LineReader, LineWriter
from api.batches.rows import Reader, Writer
from gis.errors import NotAcceptable, UnsupportedType

_LONGEST = 1 << 20  # bytes of one line


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be held at once (bytes), and how many points a body may have."""

    held: int
    points: int


@dataclass(frozen=True, slots=True)
class Format:
    """One form of bodies.

    Attributes
    ----------
    medias : the names of its type, the first one for answers.
    streams : whether a body is read and answered in blocks, so that it may be larger than the memory.
    reader : makes a reader for limits and a charset.
    """

    name: str
    medias: tuple[str, ...]
    streams: bool
    reader: Callable[[Limits, str], Reader]


JSON = Format(
    "JSON",
    ("application/json", "text/json"),
    streams=False,
    reader=lambda limits, _: JsonReader(limits.held, limits.points),
)
GEOJSON = Format(
    "GeoJSON",
    ("application/geo+json", "application/vnd.geo+json"),
    streams=False,
    reader=lambda limits, _: GeoJsonReader(limits.held, limits.points),
)
NDJSON = Format(
    "NDJSON",
    ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"),
    streams=True,
    reader=lambda _limits, _charset: LineReader(_LONGEST),
)
CSV = Format("CSV", ("text/csv",), streams=True, reader=lambda _, charset: CsvReader(charset, _LONGEST))
ARROW = Format(
    "Arrow stream",
    (ArrowWriter.stream_media,),
    streams=True,
    reader=lambda limits, _: ArrowReader(limits.held),
)
ARROW_FILE = Format(
    "Arrow file",
    (ArrowWriter.file_media,),
    streams=True,
    reader=lambda limits, _: ArrowReader(limits.held),
)
FORMATS = (JSON, GEOJSON, NDJSON, CSV, ARROW, ARROW_FILE)
_BY_MEDIA = {media: form for form in FORMATS for media in form.medias}


@lru_cache(maxsize=64)
def form_of(content_type: str | None) -> tuple[Format, str]:
    """The form that a Content-Type names (JSON without one), and its charset (UTF-8 unless told).

    Raises
    ------
    UnsupportedType
    """
    header = Message()
    header["Content-Type"] = content_type or "application/json"
    found = _BY_MEDIA.get(header.get_content_type())
    if found is None or (content_type and "/" not in content_type):
        known = ", ".join(form.medias[0] for form in FORMATS)
        raise UnsupportedType(what=f"Content-Type: {content_type}", known=known)
    return found, str(header.get_param("charset", "utf-8"))


@lru_cache(maxsize=64)
def answer_form(accept: str | None, asked: Format, *, features: bool = False) -> Format:
    """The form of the answer: the question's own wherever that is as welcome as any, else the most welcome.

    Parameters
    ----------
    accept : the header.
    asked : the form of the question.
    features : whether the question turned out to be GeoJSON.

    Raises
    ------
    NotAcceptable
    """
    ranges = _ranges(accept or "*/*")
    own = GEOJSON if features else asked
    possible = [own, *(form for form in FORMATS if form is not own and form is not GEOJSON)]
    welcome = {form.name: max(_quality(ranges, media) for media in form.medias) for form in possible}
    if features and asked is JSON:  # it was sent as JSON, so it may come back as that
        welcome[own.name] = max(welcome[own.name], welcome[JSON.name])
    best = max(possible, key=lambda form: welcome[form.name])  # the first of equals
    if welcome[best.name] <= 0:
        raise NotAcceptable(known=", ".join(form.medias[0] for form in possible))
    return best


def writer(form: Format, asked: Format, edition: int, limits: Limits) -> Writer:
    """A writer of a form for the answer to a question of the form ``asked``."""
    makers: Mapping[str, Callable[[], Writer]] = {
        JSON.name: lambda: JsonWriter(edition, limits.held // 16 if asked.streams else limits.points),
        GEOJSON.name: GeoJsonWriter,
        NDJSON.name: lambda: LineWriter(same=asked is NDJSON),
        CSV.name: lambda: CsvWriter(same=asked is CSV),
        ARROW.name: lambda: ArrowWriter(file=False),
        ARROW_FILE.name: lambda: ArrowWriter(file=True),
    }
    return makers[form.name]()


def _ranges(accept: str) -> dict[str, float]:
    """Media ranges with their quality (RFC 9110, 12.5.1)."""
    found: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
        try:
            found[media] = max(found.get(media, 0.0), float(quality))
        except ValueError:
            found[media] = 0.0
    return found


def _quality(ranges: dict[str, float], media: str) -> float:
    kind = media.partition("/")[0]
    return next((ranges[one] for one in (media, f"{kind}/*", "*/*") if one in ranges), 0.0)
