"""What a worker knows of people and offices from memory, kept up to date by the versions that the database counts.

Nothing here checks who asks: row policies do not see memory, so whoever answers from it asks `Caller.sees` first.
"""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from api.shapes import contacts, named
from gis.arrays import I64, Bools, Texts
from gis.centres import Centre, list_centres
from gis.coverage import county_codes
from gis.db import Database
from gis.in_memory import Homes, Versions, load_homes, load_label_points, load_roster, read_versions
from gis.nearest import Nearest
from gis.scope import Scope, everything
from gis.staff import Contact

T = TypeVar("T")
KEPT_EDITIONS, KEPT_SCOPES = 4, 32
_CHINA_S, _DAY_S = 8 * 3600, 86_400


def as_json(value: Any) -> bytes:
    """JSON as the framework writes it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class Kept(Generic[T]):
    """A value that belongs to a version of the data, made anew beside the requests when there is a newer one."""

    def __init__(self, load: Callable[[], T], maker: ThreadPoolExecutor) -> None:
        self._load = load
        self._maker = maker
        self._lock = threading.Lock()
        self._value: tuple[Hashable, T] | None = None
        self._making: tuple[Hashable, Future[T]] | None = None

    def get(self, version: Hashable) -> T | None:
        """The value if it is of this version; None else, and it is made."""
        value = self._value
        if value is not None and value[0] == version:
            return value[1]
        self._make(version)
        return None

    def wait(self, version: Hashable) -> T:
        """The value of this version, made first if need be.

        Raises
        ------
        DatabaseUnavailable
        """
        value = self._value
        return value[1] if value is not None and value[0] == version else self._make(version).result()

    def _make(self, version: Hashable) -> Future[T]:
        with self._lock:
            making = self._making
            if making is None or making[0] != version or (making[1].done() and making[1].exception() is not None):
                making = self._making = (version, self._maker.submit(self._made, version))
            return making[1]

    def _made(self, version: Hashable) -> T:
        value = self._load()
        self._value = (version, value)
        return value


@dataclass(frozen=True)
class HomesKept:
    """The households of an edition; ``units`` has the JSON of the unit of each household of their index.

    ``near`` are indexes over the households inside a scope, by its prefixes.
    """

    homes: Homes
    units: list[bytes]
    near: dict[Hashable, tuple[I64, Nearest]] = field(default_factory=dict[Hashable, tuple[I64, Nearest]])


@dataclass(frozen=True)
class Roster:
    """Who serves which grid today, and the same as JSON; ``near`` as for `HomesKept`, by edition and prefixes."""

    contacts: dict[str, list[Contact]]
    json: dict[str, bytes]
    near: dict[Hashable, tuple[list[str], Nearest]] = field(default_factory=dict[Hashable, tuple[list[str], Nearest]])


@dataclass(frozen=True)
class Centres:
    """The centres open today."""

    centres: list[Centre]
    nearest: Nearest


class People:
    """The memory of one worker. Methods whose name begins with ``now_`` answer None rather than wait.

    Attributes
    ----------
    versions : what the database counted last; None until the worker follows it, and then nothing is answered.
    """

    def __init__(self, database: Database) -> None:
        self.versions: Versions | None = None
        self._database = database
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="people")
        self._homes: OrderedDict[int, Kept[HomesKept]] = OrderedDict()
        self._lock = threading.Lock()
        self._roster = Kept(self._load_roster, self._maker)
        self._centres = Kept(self._load_centres, self._maker)

    def follow(self) -> Versions:
        """Ask the database what it has counted; what is older is no longer answered.

        Raises
        ------
        DatabaseUnavailable
        """
        with self._database.transaction() as connection:
            self.versions = read_versions(connection)
        return self.versions

    def now_homes(self, edition: int) -> HomesKept | None:
        """The households of an edition, if they are in memory and up to date."""
        versions = self.versions
        return None if versions is None else self._homes_of(edition).get(versions.homes)

    def now_roster(self) -> Roster | None:
        """Who serves today, if it is in memory and up to date."""
        versions = self.versions
        return None if versions is None else self._roster.get((versions.staff, _today()))

    def homes(self, edition: int) -> HomesKept:
        """The households of an edition; loaded first if need be. Raises as `follow`."""
        return self._homes_of(edition).wait((self.versions or self.follow()).homes)

    def roster(self) -> Roster:
        """Who serves today; loaded first if need be. Raises as `follow`."""
        return self._roster.wait(((self.versions or self.follow()).staff, _today()))

    def centres(self) -> Centres:
        """The centres open today; loaded first if need be. Raises as `follow`."""
        return self._centres.wait(((self.versions or self.follow()).centres, _today()))

    def homes_near(self, edition: int, scope: Scope, *, with_unit: bool = False) -> tuple[HomesKept, I64, Nearest]:
        """The households of an edition, the places of those inside a scope, and an index over these.

        Raises as `follow`.
        """
        kept = self.homes(edition)
        found = kept.near.get((scope.prefixes, with_unit))
        if found is None:
            homes = kept.homes
            inside = np.flatnonzero(_inside(homes.grids, scope) & ((homes.units != "") | (not with_unit)))
            found = inside, Nearest(homes.lon[inside], homes.lat[inside])
            _keep(kept.near, (scope.prefixes, with_unit), found)
        return kept, found[0], found[1]

    def posts_near(self, edition: int, scope: Scope) -> tuple[list[str], Nearest]:
        """The basic grids inside a scope that somebody serves, and an index over their label points. Raises as `follow`."""
        roster = self.roster()
        found = roster.near.get((edition, scope.prefixes))
        if found is None:
            with self._database.transaction() as connection:
                places = load_label_points(connection, edition)
            staffed = [row for row in places if row[0] in roster.contacts and scope.covers(row[0])]
            lon, lat = np.array([row[1:] for row in staffed], dtype=np.float64).reshape(-1, 2).T
            found = [row[0] for row in staffed], Nearest(lon, lat)
            _keep(roster.near, (edition, scope.prefixes), found)
        return found

    def close(self) -> None:
        """Make nothing more."""
        self._maker.shutdown(wait=False, cancel_futures=True)

    def _homes_of(self, edition: int) -> Kept[HomesKept]:
        kept = self._homes.get(edition)
        if kept is not None:
            return kept
        with self._lock:
            kept = self._homes.setdefault(edition, Kept(lambda: self._load_homes(edition), self._maker))
            while len(self._homes) > KEPT_EDITIONS:
                self._homes.popitem(last=False)
        return kept

    def _load_homes(self, edition: int) -> HomesKept:
        with self._database.transaction() as connection:
            counties = county_codes(connection)
        with self._database.transaction(everything(counties, "worker")) as connection:
            homes = load_homes(connection, edition)
        told = {code: as_json(named(code, homes.names)) for code in np.unique(homes.index.units).tolist()}
        return HomesKept(homes, [told[code] for code in homes.index.units.tolist()])

    def _load_roster(self) -> Roster:
        with self._database.transaction() as connection:
            found = load_roster(connection)
        return Roster(found, {grid: as_json(contacts(people)) for grid, people in found.items()})

    def _load_centres(self) -> Centres:
        with self._database.transaction() as connection:
            found = list_centres(connection)
        return Centres(found, Nearest([one.lon for one in found], [one.lat for one in found]))


def _today() -> int:
    """The number of the day in China."""
    return int(time.time() + _CHINA_S) // _DAY_S


def _keep(kept: dict[Hashable, T], key: Hashable, value: T) -> None:
    """Add a value; when there are too many, forget all rather than ask which were used."""
    if len(kept) >= KEPT_SCOPES:
        kept.clear()
    kept[key] = value


def _inside(grids: Texts, scope: Scope) -> Bools:
    inside = np.zeros(grids.size, dtype=np.bool_)
    for prefix in scope.prefixes:
        inside |= np.char.startswith(grids, prefix)
    return inside
