"""HTTP caching: strong tags, 304, what may be kept for ever and what must stay private."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.api.ogc.county import HEIR

Headers = dict[str, str]
ITEMS = "/ogc/collections/grids/items"
ADDRESSES = [
    "/ogc",
    "/ogc/collections",
    "/ogc/openapi",
    "/ogc/conformance",
    ITEMS,
    f"{ITEMS}/{HEIR}",
    f"{ITEMS}?f=html",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_same_bytes_same_tag_and_304(client: TestClient, address: str) -> None:
    first, second = client.get(address), client.get(address)
    assert first.content == second.content
    tag = first.headers["etag"]
    assert tag == second.headers["etag"]
    assert tag.startswith('"')
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(address, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["vary"] == first.headers["vary"]
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_tags_tell_editions_languages_and_scopes_apart(client: TestClient, token: Callable[..., Headers]) -> None:
    people = "/ogc/collections/households/items"
    tags = [
        client.get(f"{ITEMS}?edition=1").headers["etag"],
        client.get(f"{ITEMS}?edition=2").headers["etag"],
        client.get(f"{ITEMS}?edition=2&lang=en").headers["etag"],
        client.get(f"{ITEMS}?edition=2&f=html").headers["etag"],
        client.get(people, headers=token("leader", "532322101")).headers["etag"],
        client.get(people, headers=token("leader", "532322102")).headers["etag"],
    ]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(
    ("address", "signed", "expected"),
    [
        (ITEMS, False, "public, max-age=0, must-revalidate"),
        (f"{ITEMS}?datetime=2023-06-01", False, "public, max-age=0, must-revalidate"),
        (f"{ITEMS}?edition=1", False, "public, max-age=31536000, immutable"),
        (f"{ITEMS}/{HEIR}?edition=2", False, "public, max-age=31536000, immutable"),
        ("/ogc/collections/centres/items?edition=1", False, "public, max-age=0, must-revalidate"),
        (f"{ITEMS}?edition=1", True, "private, no-cache"),
        ("/ogc/collections/households/items", True, "private, no-cache"),
        ("/ogc/collections/households/items?edition=1", True, "private, no-cache"),
        ("/ogc/collections", True, "private, no-cache"),
    ],
)
def test_how_long_an_answer_may_be_kept(
    client: TestClient, token: Callable[..., Headers], address: str, signed: bool, expected: str
) -> None:
    answer = client.get(address, headers=token("leader") if signed else {})
    assert answer.headers["cache-control"] == expected
    assert answer.headers["vary"] == "Accept, Accept-Language, Authorization"


def test_refusals_are_not_kept(client: TestClient) -> None:
    assert client.get(f"{ITEMS}?edition=99").headers["cache-control"] == "no-store"


def test_head_answers_like_get(client: TestClient) -> None:
    for address in ADDRESSES:
        assert client.head(address).headers["etag"] == client.get(address).headers["etag"]
