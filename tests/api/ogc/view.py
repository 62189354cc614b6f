"""The API as one caller sees it, for the abstract tests of the standards."""

from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

REL = "http://www.opengis.net/def/rel/ogc/1.0/"


@dataclass(frozen=True)
class View:
    """A caller's way to the API."""

    client: TestClient
    headers: dict[str, str]

    def ask(self, path: str, /, **params: object) -> Response:
        """The answer to GET, whatever it is; ``path`` is below the landing page, or a whole address."""
        address = path if path.startswith("http") else f"/ogc{path}"
        return self.client.get(address, params={k: str(v) for k, v in params.items()} or None, headers=self.headers)

    def get(self, path: str, /, **params: object) -> dict[str, Any]:
        """The JSON of an answer with status 200."""
        answer = self.ask(path, **params)
        assert answer.status_code == 200, (path, params, answer.text)
        return answer.json()

    def names(self) -> list[str]:
        """Ids of all collections."""
        return [one["id"] for one in self.get("/collections")["collections"]]

    def page(self, name: str, /, **params: object) -> dict[str, Any]:
        """A page of items of a collection."""
        return self.get(f"/collections/{name}/items", **params)

    def parameter(self, path: str, name: str) -> dict[str, Any]:
        """A query parameter of an address, as the API description has it."""
        document = self.get("/openapi")
        given = document["paths"][path]["get"]["parameters"]
        known = document["components"]["parameters"]
        whole = [known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in given]
        return next(one for one in whole if one["name"] == name)


def links(document: dict[str, Any], rel: str) -> list[dict[str, Any]]:
    """The links of a relation."""
    return [link for link in document["links"] if link["rel"] == rel]
