"""What every answer needs to know of the edition it is about: extent, days, systems, titles."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Lock

from api.ogc.config import Box, crs_list, titles
from api.ogc.model import Text
from api.service import Service
from gis.clock import local_today
from gis.coverage import Edition, list_editions
from gis.crs import Crs
from gis.db import load_queries
from gis.errors import NotFound, NotReady

_SQL = load_queries(Path(__file__).with_name("frames.sql"))
_KEPT = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """An edition as `/ogc` shows it.

    Attributes
    ----------
    county : extent in degrees EPSG:4490, west, south, east, north.
    begin : first day of the first edition of all.
    last_day : the last day this edition was the law; None while it is.
    crs : the systems offered, the default first.
    """

    edition: Edition
    county: Box
    begin: date
    last_day: date | None
    crs: tuple[Crs, ...]
    title: Text

    def day(self, when: date | None) -> date:
        """The day whose records are meant: the one asked for, else today or the edition's last."""
        return when or self.last_day or local_today()


class Frames:
    """Frames of the editions asked for lately. Any thread may ask."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept: OrderedDict[tuple[int, int], Frame] = OrderedDict()
        self._lock = Lock()

    def get(self, number: int | None = None, when: date | None = None) -> Frame:
        """The frame of an edition by number, else by day, else of the current one.

        Raises
        ------
        NotFound
            If there is no such edition, or none was valid on that day.
        NotReady, DatabaseUnavailable
        """
        current = self._service.coverage().edition.number
        wanted = number or (self._service.edition_number(when) if when else current)
        key = (wanted, current)  # a later edition ends the days of this one
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        frame = self._load(wanted)
        with self._lock:
            self._kept[key] = frame
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return frame

    def now(self, number: int | None) -> Frame | None:
        """The frame of an edition if it is at hand; None else, and nothing is waited for."""
        return self._kept.get((number, self._service.now_edition() or 0)) if number else None

    def _load(self, number: int) -> Frame:
        with self._service.database.transaction() as connection:
            editions = list_editions(connection)
            row = connection.execute(_SQL["county"], {"edition": number}).fetchone()
        edition = next((e for e in editions if e.number == number), None)
        if edition is None:
            raise NotFound(what_zh="版本", what_en="edition", value=number)
        if row is None or row[0] is None:
            raise NotReady
        later = [e.valid_from for e in editions if e.valid_from > edition.valid_from]
        last_day = min(later) - timedelta(days=1) if later and edition.state != "current" else None
        names = self._service.coverage().names
        code = min(code for code in names if len(code) == 6)
        return Frame(
            edition=edition,
            county=(row[0], row[1], row[2], row[3]),
            begin=min(e.valid_from for e in editions),
            last_day=last_day,
            crs=crs_list((row[0], row[1], row[2], row[3])),
            title=titles(code, names[code]),
        )
