"""Drafts as JSON and GeoJSON: how changes come in, and how drafts, changes, findings and impact are told."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import shapely
from pydantic import BaseModel, ConfigDict, Field
from shapely.errors import ShapelyError

from api.bodies import GridCode, Line
from api.shapes import moment
from boundaries.drafts import Change
from boundaries.findings import StoredFinding
from boundaries.impact import Impact, Passing
from boundaries.repair import Proposal
from boundaries.review import Review
from boundaries.rules import RULES
from gis.arrays import lonlat
from gis.codes import level_of
from gis.coverage_check import Finding
from gis.errors import InvalidInput


class Properties(BaseModel):
    """Of a change: the grid's code, what is done to it, its name (not needed to retire it)."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)
    code: GridCode
    name: Line | None = None
    operation: Literal["put", "retire"] = "put"


class Feature(BaseModel):
    """A change as a GeoJSON feature (RFC 7946), longitude first; members of other programs are not looked at."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["Feature"]
    properties: Properties
    geometry: dict[str, Any] | None = None


class Changes(BaseModel):
    """Changes as a GeoJSON feature collection."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["FeatureCollection"]
    features: Annotated[list[Feature], Field(max_length=10_000)]


def read_feature(feature: Feature, place: int) -> Change:
    """A change from its feature, the ``place``-th from 0.

    Raises
    ------
    InvalidInput
        If it lacks what its operation needs, or its geometry is no polygon in longitude and latitude.
    """
    given, field = feature.properties, f"features.{place}"
    if given.operation == "retire":
        return Change(given.code, "retire")
    if given.name is None:
        raise InvalidInput(field=f"{field}.properties.name", reason_zh="必填", reason_en="is required")
    if level_of(given.code) != 6:
        return Change(given.code, "put", given.name)
    return Change(given.code, "put", given.name, read_polygon(feature.geometry, f"{field}.geometry"))


def read_polygon(given: dict[str, Any] | None, field: str, *, latitude_first: bool = False) -> Any:
    """The (multi)polygon of a feature, in degrees EPSG:4490, longitude first; ``latitude_first`` tells how it was sent.

    Raises
    ------
    InvalidInput
        If it is none, or empty.
    """
    zh, en = "应为 Polygon 或 MultiPolygon", "must be a Polygon or MultiPolygon"
    if given is None or given.get("type") not in {"Polygon", "MultiPolygon"}:
        raise InvalidInput(field=field, reason_zh=zh, reason_en=en)
    try:
        found = shapely.force_2d(shapely.from_geojson(_text(given)))
    except (ShapelyError, ValueError, TypeError) as error:
        raise InvalidInput(field=field, reason_zh=zh, reason_en=en) from error
    if shapely.is_empty(found):
        raise InvalidInput(field=field, reason_zh="图形为空", reason_en="is empty")
    if latitude_first:
        found = swapped(found)
    lonlat(*shapely.get_coordinates(found).T)
    return found


def swapped(geometry: Any) -> Any:
    """A geometry with its axes the other way round."""
    return shapely.transform(geometry, lambda vertices: vertices[:, ::-1])


def _text(given: dict[str, Any]) -> str:
    return json.dumps({"type": given["type"], "coordinates": given.get("coordinates")})


def collection(features: Iterable[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """A GeoJSON feature collection, EPSG:4490 longitude first, with members of our own."""
    return {"type": "FeatureCollection", "features": list(features), **members}


def feature(geometry: Any, properties: dict[str, Any], number: int | None = None) -> dict[str, Any]:
    """A GeoJSON feature."""
    shape = None if geometry is None else shapely.geometry.mapping(geometry)
    head = {"type": "Feature"} if number is None else {"type": "Feature", "id": number}
    return {**head, "properties": properties, "geometry": shape}


def told_draft(review: Review) -> dict[str, Any]:
    """A draft and how far it is."""
    draft = review.draft
    return {
        "id": draft.id,
        "title": draft.title,
        "author": draft.author,
        "scope": draft.scope,
        "base_edition": draft.base_edition,
        "opened_at": moment(draft.opened_at),
        "changes": draft.changes,
        "rev": draft.rev,
        "stage": review.stage,
        "publish_on": None if draft.publish_on is None else draft.publish_on.isoformat(),
        "validated_rev": review.validated_rev,
        "errors": review.errors,
        "warnings": review.warnings,
        "submitted_by": review.submitted_by,
        "approved_by": review.approved_by,
        "conflicts": review.conflicts,
        "stale": review.stale,
    }


def told_change(change: Change) -> dict[str, Any]:
    """A change as a feature."""
    return feature(change.geometry, {"code": change.code, "name": change.name, "operation": change.operation})


def told_finding(found: StoredFinding) -> dict[str, Any]:
    """A stored finding as a feature."""
    names = ("rev", "rule", "severity", "codes", "size", "unit", "message_zh", "message_en", "action_zh", "action_en")
    return feature(found.geometry, {name: getattr(found, name) for name in names}, found.id)


def told_proposal(proposal: Proposal) -> dict[str, Any]:
    """A repair: the changes it would write as features, questions and what it leaves beside them."""
    questions = [{"codes": one.codes, "size": one.size_m2, "unit": "m2"} for one in proposal.questions]
    left = [_brief(one) for one in proposal.left]
    return collection(
        map(told_change, proposal.changes), rev=proposal.rev, edited=proposal.edited, questions=questions, left=left
    )


def _brief(found: Finding) -> dict[str, Any]:
    rule = RULES[found.rule]
    return {
        "rule": found.rule,
        "codes": found.codes,
        "size": found.size,
        "unit": rule.unit,
        "message_zh": found.reason_zh,
        "message_en": found.reason_en,
    }


def told_impact(impact: Impact, *, disputes: bool) -> dict[str, Any]:
    """An impact: the ground that passes as features, codes, units and posts beside it; disputes only on request."""
    lists = {name: getattr(impact, name) for name in ("rev", "opened", "retired", "redrawn", "renamed", "units")}
    posts = [{"grid": post.grid_code, "name": post.name, "role": post.role} for post in impact.posts]
    return collection((_passing(one, disputes=disputes) for one in impact.passings), **lists, posts=posts)


def _passing(one: Passing, *, disputes: bool) -> dict[str, Any]:
    counts = {colour: one.households[colour] for colour in ("red", "yellow", "green", "unrated")}
    return feature(
        one.geometry,
        {
            "from": one.old_code,
            "to": one.new_code,
            "area_m2": round(one.area_m2, 2),
            "households": one.households.total(),
            **counts,
            "open_disputes": one.open_disputes if disputes else None,
        },
    )
