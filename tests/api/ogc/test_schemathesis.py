"""Both API descriptions, asked and held against by schemathesis with all its checks, for every role."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
)
from starlette.testclient import TestClient

from api.access import ROLES
from api.app import create_app
from api.direct import Application
from gis.settings import Settings

Token = Callable[..., dict[str, str]]
DESCRIPTIONS = ("/openapi.json", "/ogc/openapi")
SOME, MANY = 2, 20
FREE = frozenset(
    {"filter", "filter-crs", "filter-lang", "bbox", "bbox-crs", "datetime", "code", "grid", "from", "to", "after"}
)
"""Parameters that a schema cannot tell the right values of: what they mean decides, so that 400 is no contradiction."""


@pytest.fixture
def app(app_settings: Settings, database_url: str) -> Iterator[Application]:
    """The whole application over the small county, for one test only: schemathesis ends it when it has read."""
    found = create_app(app_settings, database_url)
    with TestClient(found) as client:
        client.get("/locate?lon=101.6&lat=24.5")  # compiled first: no question waits for it
        yield found


def asked(case: Case[Any], headers: dict[str, str]) -> None:
    """Send a case and check the answer in every way; what must be accepted is asked of OGC's addresses only."""
    path = case.operation.path  # which codes there are, and which tiles at a zoom, no pattern says
    free = not path.startswith("/collections") or "/tiles/" in path or "{featureId}" in path
    free = free or not FREE.isdisjoint(case.query)
    excluded = [positive_data_acceptance] if free else []
    # The description tells the largest page, where clients look for it, and yet a larger one is no error but cut:
    # OGC API Features part 1, requirement fc-limit-response-1 C.
    excluded += [negative_data_rejection] if str(case.query.get("limit", "")).isdecimal() else []
    # What a draft's collection takes depends on the caller: by `Allow`, QGIS knows whether to offer editing.
    excluded += [allow_header_conformance] if case.method == "OPTIONS" else []
    case.call_and_validate(headers=headers, excluded_checks=excluded)


def every_operation(app: Application, description: str, headers: dict[str, str], mode: str, examples: int) -> int:
    """Ask every operation of a description some times; returns how many there are. Streams never end, so not these."""
    schema = schemathesis.openapi.from_asgi(description, app, headers=headers)
    count, faults = 0, list[str]()
    for result in schema.exclude(path_regex="^/events").get_all_operations():
        assert isinstance(result, Ok), result
        operation: APIOperation[Any, Any, Any, Any] = result.ok()
        count += 1

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(operation.as_strategy(generation_mode=GenerationMode(mode)))
        def ask(case: Case[Any]) -> None:
            asked(case, headers)

        try:
            ask()
        except Unsatisfiable:  # without parameters there is nothing to get wrong
            pass
        except (AssertionError, ExceptionGroup) as fault:  # all operations are asked, and all faults told at once
            faults.append(f"{operation.label}\n{_told(fault)}")
    assert not faults, "\n\n".join(faults)
    return count


def _told(fault: BaseException) -> str:
    if isinstance(fault, ExceptionGroup):
        return "\n".join(_told(one) for one in fault.exceptions)
    return str(fault)


@pytest.mark.parametrize(("role", "mode"), [("", "positive"), ("operator", "negative")])
@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_answers_are_as_described(app: Application, token: Token, description: str, role: str, mode: str) -> None:
    assert every_operation(app, description, token(role) if role else {}, mode, SOME) > 40


@pytest.mark.long
@pytest.mark.parametrize("role", ["", *ROLES])
@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_answers_are_as_described_whatever_is_asked(
    app: Application, token: Token, description: str, role: str
) -> None:
    for mode in ("positive", "negative"):
        assert every_operation(app, description, token(role) if role else {}, mode, MANY) > 40
