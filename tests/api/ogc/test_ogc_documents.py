"""The standards' documents: what they must hold, that they are self-contained, and that pygeoapi itself agrees."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.ogc.collections import COLLECTIONS
from api.ogc.context import Asked, asked_now, asking
from api.ogc.frames import Frames
from api.ogc.routes import CONFORMANCE
from gis.errors import NotReady, WanggeError
from gis.settings import ROOT, Settings
from tests.api.ogc.county import EDITIONS

Headers = dict[str, str]
PREFIX = "http://www.opengis.net/def/rel/ogc/1.0/"


@pytest.fixture(scope="module")
def openapi(client: TestClient, token: Callable[..., Headers]) -> dict[str, Any]:
    answer = client.get("/ogc/openapi", headers=token("operator"))
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    return answer.json()


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, part in node.items():
            if name == "$ref":
                yield part
            else:
                yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)


def rels(document: dict[str, Any]) -> set[str]:
    return {link["rel"] for link in document["links"]}


def test_landing_page_leads_everywhere(client: TestClient) -> None:
    landing = client.get("/ogc").json()
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= rels(landing)
    assert landing["title"] == "测试县网格数据服务"
    assert "processes" not in json.dumps(landing)
    assert "ld+json" not in json.dumps(landing)
    assert client.get("/ogc/").json() == landing


def test_conformance_declares_only_what_is_met(client: TestClient) -> None:
    declared = client.get("/ogc/conformance").json()["conformsTo"]
    assert declared == list(CONFORMANCE)
    assert not [uri for uri in declared if "array" in uri or uri.endswith("/functions") or "create" in uri]


def test_collections_describe_themselves(client: TestClient, token: Callable[..., Headers]) -> None:
    listed = client.get("/ogc/collections", headers=token("operator")).json()
    assert [one["id"] for one in listed["collections"]] == list(COLLECTIONS)
    for one in listed["collections"]:
        alone = client.get(f"/ogc/collections/{one['id']}", headers=token("operator")).json()
        assert alone == one
        assert {"self", "items", f"{PREFIX}queryables", f"{PREFIX}sortables", f"{PREFIX}schema"} <= rels(one)
        assert one["crs"][0] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        assert one["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/4490"
        assert one["storageCrs"] in one["crs"]
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        assert 101 < west < east < 102
        assert 24 < south < north < 25
        begin, end = one["extent"]["temporal"]["interval"][0]
        assert begin.startswith(EDITIONS[0])
        assert end is None


@pytest.mark.parametrize("name", COLLECTIONS)
def test_queryables_and_schema_name_every_property(
    client: TestClient, token: Callable[..., Headers], name: str
) -> None:
    for path in ("queryables", "sortables", "schema"):
        answer = client.get(f"/ogc/collections/{name}/{path}?lang=en", headers=token("operator"))
        assert answer.headers["content-type"] == "application/schema+json"
        document = answer.json()
        assert document["$id"] == f"http://testserver/ogc/collections/{name}/{path}"
        properties = document["properties"]
        assert set(properties) - {"geometry"} == {field.name for field in COLLECTIONS[name].fields}
        assert ("geometry" in properties) == (path != "sortables")
        assert properties.get("geometry", {}).get("x-ogc-role") in {"primary-geometry", None}
        for field in COLLECTIONS[name].fields:
            assert properties[field.name]["type"] == field.kind
            assert properties[field.name]["title"] == field.title.en
        jsonschema.Draft201909Validator.check_schema(document)


def test_openapi_is_self_contained(openapi: dict[str, Any]) -> None:
    found = set(references(openapi))
    assert found
    for reference in found:
        assert reference.startswith("#/")
        node = openapi
        for step in reference[2:].split("/"):
            node = node[step]
    identifiers = [operation["operationId"] for path in openapi["paths"].values() for operation in path.values()]
    assert len(set(identifiers)) == len(identifiers)


def test_openapi_tells_clients_how_large_a_page_may_be(openapi: dict[str, Any]) -> None:
    assert openapi["components"]["parameters"]["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 100,
    }
    for name in COLLECTIONS:
        parameters = openapi["paths"][f"/collections/{name}/items"]["get"]["parameters"]
        told = {one.get("$ref", "").rpartition("/")[2] or one["name"] for one in parameters}
        assert {"limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "edition", "sortby"} <= told
        assert {field.name for field in COLLECTIONS[name].fields} <= told
        assert {"filter", "filter-lang", "filter-crs"} <= told


def resolved(node: Any, whole: dict[str, Any]) -> Any:
    """OpenAPI's ``nullable`` as JSON Schema says it, references filled in."""
    if isinstance(node, list):
        return [resolved(part, whole) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return resolved(whole["components"]["schemas"][node["$ref"].rpartition("/")[2]], whole)
    made = {name: resolved(part, whole) for name, part in node.items() if name != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") else made


@pytest.mark.parametrize("name", COLLECTIONS)
def test_answers_are_as_the_openapi_document_says(
    client: TestClient, token: Callable[..., Headers], openapi: dict[str, Any], name: str
) -> None:
    headers = token("operator")
    page = client.get(f"/ogc/collections/{name}/items?limit=3", headers=headers).json()
    assert page["features"]
    item = f"/collections/{name}/items/{{featureId}}"
    answers = {
        f"/collections/{name}/items": page,
        item: client.get(f"/ogc/collections/{name}/items/{page['features'][0]['id']}", headers=headers).json(),
        f"/collections/{name}": client.get(f"/ogc/collections/{name}", headers=headers).json(),
        "/": client.get("/ogc", headers=headers).json(),
        "/collections": client.get("/ogc/collections", headers=headers).json(),
        "/conformance": client.get("/ogc/conformance", headers=headers).json(),
    }
    for path, answer in answers.items():
        contents = openapi["paths"][path]["get"]["responses"]["200"]["content"]
        schema = next(content["schema"] for media, content in contents.items() if media.endswith("json"))
        jsonschema.validate(answer, resolved(schema, openapi))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(page | {"numberMatched": "many"}, resolved(schema_of(openapi, name), openapi))


def schema_of(openapi: dict[str, Any], name: str) -> dict[str, Any]:
    contents = openapi["paths"][f"/collections/{name}/items"]["get"]["responses"]["200"]["content"]
    return contents["application/geo+json"]["schema"]


def test_pygeoapi_itself_serves_the_same_items_through_the_provider(client: TestClient, app: FastAPI) -> None:
    from pygeoapi.api import API, APIRequest, itemtypes

    from api.ogc.config import configuration

    frame = Frames(app.state.service).get()
    config = configuration(
        url="http://testserver/ogc",
        title=frame.title,
        ids=("grids",),
        county=frame.county,
        begin=frame.begin,
        synthetic=True,
        max_page=1000,
    )

    class Asking:
        def __init__(self, **params: str) -> None:
            self.query_params = params
            self.headers: dict[str, str] = {}
            self.scope = {"path": "/ogc"}

    before = list(logging.getLogger().handlers)
    front = API(config, {})
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)
    with asking(Asked(app.state.service, None, frame.edition, frame.day(None))):
        request = APIRequest(Asking(f="json", level="6", limit="4", offset="3", sortby="-code"), front.locales)
        _, status, text = itemtypes.get_collection_items(front, request, "grids")
        one = APIRequest(Asking(f="json"), front.locales)
        _, one_status, one_text = itemtypes.get_collection_item(front, one, "grids", "532322")
    assert (status, one_status) == (200, 200)
    ours = client.get("/ogc/collections/grids/items?level=6&limit=4&offset=3&sortby=-code").json()
    theirs = json.loads(text)
    for name in ("features", "numberMatched", "numberReturned"):
        assert theirs[name] == ours[name]
    item = client.get("/ogc/collections/grids/items/532322").json()
    for name in ("id", "geometry", "properties"):
        assert json.loads(one_text)[name] == item[name]


def test_the_provider_answers_nobody_outside_a_request() -> None:
    with pytest.raises(WanggeError):
        asked_now()


def test_root_logger_is_left_alone(client: TestClient) -> None:
    before = list(logging.getLogger().handlers)
    assert client.get("/ogc?lang=en").status_code == 200
    assert logging.getLogger().handlers == before


def test_start_does_not_wait_for_pygeoapi() -> None:
    code = "import sys; import api.ogc.routes; sys.exit('pygeoapi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_an_empty_store_says_what_to_do(app: FastAPI) -> None:
    class Empty:
        def coverage(self) -> None:
            raise NotReady

    with TestClient(app, raise_server_exceptions=False) as client:
        kept = app.state.ogc_frames
        app.state.ogc_frames = Frames(Empty())  # type: ignore[arg-type]  # only what is asked of it
        try:
            answer = client.get("/ogc")
        finally:
            app.state.ogc_frames = kept
    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")


def test_the_whole_application_serves_these_addresses(app_settings: Settings, database_url: str) -> None:
    from api.app import create_app  # heavy: only here

    with TestClient(create_app(app_settings, database_url), raise_server_exceptions=False) as client:
        assert client.get("/ogc/collections/grids/items?limit=1").json()["numberReturned"] == 1
        page = client.get("/ogc?f=html")
        assert page.status_code == 200
        assert "style-src 'self' 'unsafe-inline'" in page.headers["content-security-policy"]
