"""Bytes and tags of GeoJSON answers, put together from items that were written before.

The tag of an answer is a digest of its items' digests and of what stands around them: it names the bytes as well as a
digest of all of them would, and costs a hundredth of the time where the items are kept with theirs.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson

DIGEST_BYTES = 16
_HEAD = b'{"type":"FeatureCollection","features":['


def written(feature: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """A Feature as JSON, and the digest of these bytes."""
    body = orjson.dumps(feature)
    return body, sha256(body).digest()[:DIGEST_BYTES]


def item_rest(links: Sequence[Any]) -> bytes:
    """What follows the members of a Feature that stands alone."""
    return b',"links":' + orjson.dumps(links) + b"}"


def item(body: bytes, rest: bytes) -> bytes:
    """A Feature that stands alone; ``rest`` as from `item_rest`."""
    return body[:-1] + rest


def page_rest(page: Mapping[str, Any]) -> bytes:
    """What follows the items of a FeatureCollection."""
    rest = {name: value for name, value in page.items() if name not in {"type", "features"}}
    return b"]," + orjson.dumps(rest)[1:]


def page(bodies: Iterable[bytes], rest: bytes) -> bytes:
    """A FeatureCollection; ``rest`` as from `page_rest`."""
    return b"%b%b%b" % (_HEAD, b",".join(bodies), rest)


def tag(digests: bytes, rest: bytes) -> str:
    """The strong ETag of an item or page: of the digests of its items one after another, and the rest."""
    return f'"{sha256(digests + rest).hexdigest()[:32]}"'
