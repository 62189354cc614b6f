"""Abstract tests of OGC API – Features – Part 5: Schemas (23-058): schemas, core roles, returnables."""

import jsonschema

from tests.api.ogc.view import REL, View, links

GEOMETRIES = {"multipolygon": "MultiPolygon", "point": "Point"}


def test_schemas_schema(view: View) -> None:
    for name in view.names():
        document = view.get(f"/collections/{name}/schema")
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"] == f"http://testserver/ogc/collections/{name}/schema"
        assert document["type"] == "object"
        jsonschema.Draft202012Validator.check_schema(document)


def test_schemas_properties(view: View) -> None:
    """Each property has a type, or is a geometry of a format; each has a title."""
    for name in view.names():
        for key, prop in view.get(f"/collections/{name}/schema", lang="en")["properties"].items():
            spatial = prop.get("format", "").startswith("geometry-")
            assert spatial == (key == "geometry")
            assert spatial or (prop["type"] in {"string", "integer", "number", "boolean"} and prop["title"])


def test_core_roles_features_primary_geometry(view: View) -> None:
    for name in view.names():
        properties = view.get(f"/collections/{name}/schema")["properties"]
        roles = {prop["x-ogc-role"]: key for key, prop in properties.items() if "x-ogc-role" in prop}
        assert roles["primary-geometry"] == "geometry"
        kind = GEOMETRIES[properties["geometry"]["format"].removeprefix("geometry-")]
        assert {f["geometry"]["type"] for f in view.page(name, limit=1000)["features"]} == {kind}


def test_core_roles_features_id(view: View) -> None:
    """Where a property is the id, it has the id's value; there is one at most."""
    for name in view.names():
        properties = view.get(f"/collections/{name}/schema")["properties"]
        told = [key for key, prop in properties.items() if prop.get("x-ogc-role") == "id"]
        assert len(told) <= 1
        for key in told:
            assert all(f["properties"][key] == f["id"] for f in view.page(name)["features"])


def test_returnables_and_receivables_well_known_address_and_link(view: View) -> None:
    for one in view.get("/collections")["collections"]:
        told = links(one, f"{REL}schema")
        assert {"application/schema+json", "text/html"} == {link["type"] for link in told}
        assert all(f"/collections/{one['id']}/schema" in link["href"] for link in told)
        assert view.ask(f"/collections/{one['id']}/schema").headers["content-type"] == "application/schema+json"


def test_returnables_and_receivables_hold_for_items(view: View) -> None:
    """Items have these properties and no others, with values of these types; a value that is not known is null."""
    for name in view.names():
        document = view.get(f"/collections/{name}/schema")
        kinds = {key: prop for key, prop in document["properties"].items() if key != "geometry"}
        for feature in view.page(name, limit=50)["features"]:
            assert feature["properties"].keys() == kinds.keys()
            for key, value in feature["properties"].items():
                if value is not None:
                    jsonschema.validate(value, kinds[key])


def test_schema_in_two_languages(view: View) -> None:
    zh, en = (view.get("/collections/grids/schema", lang=lang)["properties"]["name"]["title"] for lang in ("zh", "en"))
    assert (zh, en) == ("名称", "Name")
