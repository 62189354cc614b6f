"""The API description in both languages: nothing is left in English on a Chinese page, and no translation is idle."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.openapi_words import chinese, in_words

HAN = re.compile(r"[\u4e00-\u9fff]")


class Asked(Mapping[str, str]):
    """No words at all, and notes which it is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    app = client.app
    assert isinstance(app, FastAPI)
    return app.openapi()


def test_every_text_has_its_chinese_and_every_chinese_its_text(document: dict[str, Any]) -> None:
    words = Asked()
    in_words(document, words)
    assert words.asked == set(chinese())


def test_translations_are_chinese() -> None:
    assert [english for english, told in chinese().items() if not HAN.search(told)] == []
    code = re.compile(r"`[^`]+`")
    for english, told in chinese().items():
        assert set(code.findall(told)) == set(code.findall(english)), english


def test_the_document_comes_in_the_language_asked_for(client: TestClient) -> None:
    english = client.get("/openapi.json?lang=en")
    told = client.get("/openapi.json", headers={"Accept-Language": "zh-CN"})
    assert english.headers["content-language"] == "en"
    assert "Accept-Language" in told.headers["vary"]
    zh, en = told.json(), english.json()
    assert zh["paths"].keys() == en["paths"].keys()
    assert en["paths"]["/locate"]["get"]["summary"].startswith("The grids that a point lies in")
    assert "一点所在" in zh["paths"]["/locate"]["get"]["summary"]
    assert not any("(`api." in one.get("description", "") for one in en["paths"]["/locate"].values())
    for methods in zh["paths"].values():
        for one in methods.values():
            texts = [one["summary"], *one["tags"], *(p.get("description", "网格") for p in one.get("parameters", ()))]
            assert all(HAN.search(text) for text in texts), one


def test_a_text_without_translation_stays_in_english(document: dict[str, Any]) -> None:
    told = in_words(document, {})
    assert told["paths"]["/locate"]["get"]["summary"].startswith("The grids that a point lies in")
    assert not any("``" in str(one) for one in told["paths"].values())
    assert document["paths"]["/locate"]["get"]["summary"] == "Locate"  # the framework's own is left as it was
