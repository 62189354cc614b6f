"""Items of an edition in memory, as they are sent: those that everybody may read.

Grids never change; units that people change are let go with the version of the data that they were read in.
Each worker keeps the collections asked for lately. What is not there is answered from the store, and loaded beside.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from threading import Lock
from typing import Any

import numpy as np
import shapely

from api.ogc.collections import COLLECTIONS
from api.ogc.context import Asked, asking
from api.ogc.frames import Frames
from api.ogc.geojson import DIGEST_BYTES, written
from api.ogc.model import Collection
from api.service import Service
from gis.arrays import I64
from gis.errors import WanggeError

log = logging.getLogger("wangge.ogc")
KEPT_BYTES = 96 * 2**20
_POINT_BYTES = 40  # of a corner in a geometry and the search tree, about
_MANY_CORNERS = 300  # a shape of more is searched by an index over its edges: a fifth of the time for a box
_EQUAL_KINDS = frozenset({"string", "integer"})
Key = tuple[str, int, int]
"""Home of the collection, edition, version of the data."""
Row = tuple[dict[str, Any], str]


def is_kept(collection: Collection) -> bool:
    """Whether the items of a collection are kept: public ones of an edition, whose ids are codes."""
    return collection.fixed and collection.permission is None and collection.identifier in {"grid", "unit"}


class Items:
    """The items of one collection in one edition, by place: their order by id.

    Attributes
    ----------
    ids : of the items.
    places : place of an item by its id.
    bodies : each item as a GeoJSON Feature.
    digests : (n, 16) bytes, those of the bodies.
    weight : bytes of memory, about.
    """

    def __init__(self, collection: Collection, rows: Iterable[Row]) -> None:
        self.ids: list[str] = []
        self.bodies: list[bytes] = []
        digests: list[bytes] = []
        shapes: list[str] = []
        found: dict[str, dict[Any, list[int]]] = {f.name: {} for f in collection.fields if f.kind in _EQUAL_KINDS}
        for place, (feature, shape) in enumerate(rows):
            body, digest = written(feature)
            self.ids.append(str(feature["id"]))
            self.bodies.append(body)
            digests.append(digest)
            shapes.append(shape)
            for name, places in found.items():
                places.setdefault(feature["properties"][name], []).append(place)
        self.digests = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, DIGEST_BYTES)
        self.places = {identifier: place for place, identifier in enumerate(self.ids)}
        self._equal = {name: {v: np.array(p) for v, p in places.items()} for name, places in found.items()}
        self._shapes = np.array(shapely.from_wkb(np.array(shapes, dtype=object)))
        self._tree = shapely.STRtree(self._shapes)
        corners = shapely.get_num_coordinates(self._shapes)
        shapely.prepare(self._shapes[corners > _MANY_CORNERS])
        self.weight = sum(map(len, self.bodies)) + _POINT_BYTES * int(corners.sum())

    def all(self) -> I64:
        """Every place."""
        return np.arange(len(self.ids))

    def equal(self, name: str, value: Any) -> I64 | None:
        """The places of items whose property has a value; None if that property is not kept by value."""
        known = self._equal.get(name)
        return None if known is None else known.get(value, _NONE)

    def touching(self, area: shapely.Geometry) -> I64:
        """The places of items that touch an area, lon and lat in degrees EPSG:4490."""
        near = np.sort(self._tree.query(area))
        return near[shapely.intersects(self._shapes[near], area)]

    def named(self, ids: Sequence[str]) -> I64:
        """The places of the items with these ids."""
        return np.array(sorted(self.places[one] for one in ids if one in self.places), dtype=np.int64)


_NONE: I64 = np.empty(0, dtype=np.int64)


def common(parts: Sequence[I64]) -> I64:
    """The places that are in all parts, in order."""
    return reduce(lambda one, other: np.intersect1d(one, other, assume_unique=True), parts)


class Memory:
    """What a worker keeps of all collections, up to `KEPT_BYTES`. Any thread may ask; nobody waits."""

    def __init__(self, service: Service, frames: Frames) -> None:
        self._service = service
        self._frames = frames
        self._kept: OrderedDict[Key, Items] = OrderedDict()
        self._coming: set[Key] = set()
        self._lock = Lock()
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="items")
        self.limit = KEPT_BYTES
        service.on_edition(self._renew)

    def now(self, collection: Collection, edition: int) -> Items | None:
        """The items of the collection's home (grids of one level are among all grids); None as long as they come."""
        key = self._key(collection.home, edition)
        found = self._kept.get(key)
        if found is None:
            self._fetch(key)
        return found

    def wait(self, collection: Collection, edition: int) -> Items:
        """The items, loaded first if need be.

        Raises
        ------
        NotFound, DatabaseUnavailable
        """
        key = self._key(collection.home, edition)
        return self._kept.get(key) or self._load(key)

    def close(self) -> None:
        """Load nothing more."""
        self._loader.shutdown(wait=False, cancel_futures=True)

    def _renew(self) -> None:
        """After a publication: fetch what was asked for of earlier editions, before it is asked for again."""
        current = self._service.current()
        for name in {name for name, *_ in list(self._kept)}:
            key = self._key(name, current)
            if key not in self._kept:
                self._fetch(key)

    def _key(self, home: str, edition: int) -> Key:
        versions = None if COLLECTIONS[home].lasting else self._service.people.versions
        return home, edition, 0 if versions is None else versions.homes

    def _fetch(self, key: Key) -> None:
        with self._lock:
            if key in self._coming:
                return
            self._coming.add(key)
        self._loader.submit(self._fetched, key)

    def _fetched(self, key: Key) -> None:
        try:
            self._load(key)
        except WanggeError as error:
            log.warning("items are not in memory", extra={"reason": error.message("en")})
        except Exception:
            log.exception("items are not in memory")
        finally:
            with self._lock:
                self._coming.discard(key)

    def _load(self, key: Key) -> Items:
        from api.ogc.provider import CountyProvider  # heavy: pygeoapi

        name, edition, _ = key
        frame = self._frames.get(edition)
        provider = CountyProvider.of(name)
        with asking(Asked(self._service, None, frame.edition, frame.day(None))):
            found = Items(COLLECTIONS[name], provider.every())
        with self._lock:
            for old in [old for old in self._kept if old[:2] == key[:2]]:
                del self._kept[old]
            self._kept[key] = found
            while len(self._kept) > 1 and sum(items.weight for items in self._kept.values()) > self.limit:
                self._kept.popitem(last=False)
        return found
