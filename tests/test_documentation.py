"""The documents against the code: every setting, command, route and file they must name, and nothing that is not there."""

import argparse
import importlib
import json
import os
import pkgutil
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from starlette.testclient import TestClient

import api
from api.cli.console import EXIT_CODES
from api.cli.main import application
from gis.errors import WanggeError
from gis.settings import ROOT, Settings

DOCS = ROOT / "docs"
NOT_OURS = {".git", ".venv", ".data", ".cache", "node_modules", "dist", "__pycache__", ".hypothesis", ".ruff_cache",
            ".pytest_cache", ".import_linter_cache", "htmlcov"}  # fmt: skip
PLACES = ("gis", "boundaries", "tiles", "api", "tests", "docker", "docs", "locks")
SERVICE = "http://127.0.0.1:8000"
NOT_READ = {"/metrics", "/events"}
"""One needs the server's own process, whose workers share their counters; the other has no end."""
OTHER_VARIABLES = {"WANGGE_LOG_FILE", "WANGGE_DEV_SERVICE", "WANGGE_PYTHON", "WANGGE_CQL2_DATA", "WANGGE_QGIS_ROOT"}


def files() -> list[Path]:
    """The files of the tree that are ours."""
    found: list[Path] = []
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in NOT_OURS]
        found += [Path(folder) / name for name in names if name not in NOT_OURS]  # .git of a worktree is a file
    return sorted(found)


ALL_FILES = files()
MARKDOWN = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ALL_FILES if path.suffix == ".md"
}


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    """The fenced blocks of a kind: where, and their text."""
    for name, text in MARKDOWN.items():
        for found in re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield name, found


def section(text: str, heading: str) -> str:
    """What stands under a heading that begins with ``heading``, up to the next one."""
    found = re.search(rf"^{re.escape(heading)}\b.*?(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {heading}"
    return found[0]


# --- settings ----------------------------------------------------------------------------------------------


def default_text(value: Any) -> str:
    """A default as the document shows it: folders below the tree by their name, nothing in words."""
    if value is None:
        return "无 · none"
    if value == "":
        return "空 · empty"
    text = value.name if isinstance(value, Path) else json.dumps(value) if isinstance(value, list) else str(value)
    return f"`{text}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_documented_with_its_default(name: str) -> None:
    row = f"| `WANGGE_{name.upper()}` | {default_text(Settings.model_fields[name].default)} |"
    assert row in MARKDOWN["docs/settings.md"]


def test_documents_name_no_setting_that_is_not_there() -> None:
    known = {f"WANGGE_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    named = {
        (name, found) for name, text in MARKDOWN.items() for found in re.findall(r"WANGGE_[A-Z0-9_]+[A-Z0-9]", text)
    }
    assert {(name, found) for name, found in named if found not in known} == set()


# --- commands ----------------------------------------------------------------------------------------------


def commands() -> dict[str, Any]:
    """The verbs of the command line."""
    group: Any = typer.main.get_command(application())
    return group.commands


def options_of(command: Any) -> set[str]:
    if hasattr(command, "commands"):  # a group: the options of all its actions
        return {name for inner in command.commands.values() for name in options_of(inner)}
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")}


@pytest.mark.parametrize("name", commands())
def test_a_command_is_documented_with_its_options(name: str) -> None:
    text = section(MARKDOWN["docs/commands.md"], f"### `{name}")
    cells = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `-")]
    named = {option for cell in cells for option in re.findall(r"`(-[a-z-]+)", cell)}
    assert named == options_of(commands()[name])


def test_documents_name_no_command_that_is_not_there() -> None:
    assert set(re.findall(r"^### `([a-z]+)", MARKDOWN["docs/commands.md"], re.MULTILINE)) == set(commands())


def test_exit_codes_are_documented() -> None:
    table = section(MARKDOWN["docs/commands.md"], "## 退出码")
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == list(EXIT_CODES)


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Every ``./wangge …`` of the documents' shell blocks, without what a shell does around it."""
    for name, text in blocks("sh"):
        for line in text.replace("\\\n", " ").splitlines():
            for found in re.findall(r"\./wangge ([^)#|]*)", line):
                words = shlex.split(found)
                if words and words[0].isascii():
                    yield name, words


@pytest.mark.parametrize(("where", "words"), list(command_lines()))
def test_a_command_line_of_the_documents_is_understood(where: str, words: list[str]) -> None:
    verb, *rest = words
    commands()[verb].make_context(verb, rest)


# --- routes ------------------------------------------------------------------------------------------------


def routes() -> set[str]:
    """``GET /address`` of every route module; HEAD goes without saying, as does a slash after a landing page."""
    names = [f"api.{module.name}" for module in pkgutil.iter_modules(api.__path__) if module.name.endswith("_routes")]
    found: set[str] = set()
    for name in [*names, "api.ogc.routes"]:
        for route in importlib.import_module(name).router.routes:
            found |= {f"{method} {route.path}" for method in route.methods - {"HEAD"}}
    return {route for route in found if not route.endswith("/ogc/")} | {"GET /openapi.json"}


def documented_routes() -> set[str]:
    return set(
        re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE|OPTIONS) /[^`]*)`", MARKDOWN["docs/routes.md"], re.MULTILINE)
    )


def test_the_documented_routes_are_the_routes() -> None:
    assert documented_routes() == routes()


def test_the_application_serves_no_other_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    served = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert served <= documented_routes()


def test_error_codes_are_documented_with_their_status() -> None:
    from api.problems import status_of

    table = section(MARKDOWN["docs/other-systems.md"], "## 错误与语言")
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", table, re.MULTILINE)
    told = {(int(status), code) for status, codes in rows for code in re.findall(r"`([a-z-]+)`", codes)}
    kinds: list[type[WanggeError]] = [WanggeError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    over_http = {
        (status_of(kind()), kind.code) for kind in kinds if kind.code not in {"migration-refused", "wrong-use"}
    }
    assert told == over_http


# --- examples ----------------------------------------------------------------------------------------------


def curls() -> Iterator[tuple[str, str]]:
    """The ``curl`` command lines of the documents, with what is piped into them."""
    for name, text in blocks("sh"):
        for line in re.sub(r"\\\n|\|\n", lambda end: " " if end[0][0] == "\\" else "| ", text).splitlines():
            if "curl " in line:
                yield name, line


def send(client: TestClient, line: str, bearer: str) -> Any:
    """Do what a ``curl`` command line says."""
    given, _, call = line.rpartition("curl ")
    parser = argparse.ArgumentParser(exit_on_error=False)
    for short, long in (("-X", "--request"), ("-d", "--data"), ("-o", "--output")):
        parser.add_argument(short, long)
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("-G", "--get", action="store_true")
    parser.add_argument("--data-urlencode", default="")
    parser.add_argument("--data-binary")
    parser.add_argument("address")
    asked = parser.parse_args(shlex.split(call, comments=True))
    body = asked.data
    if asked.data_binary:
        body = re.findall(r"printf '(.*?)'", given)[0].encode().decode("unicode_escape")
    headers = dict(header.replace("$token", bearer).split(": ", 1) for header in asked.header)
    name, _, value = asked.data_urlencode.partition("=")
    address = asked.address.removeprefix(SERVICE)
    method = asked.request or "GET"
    content = None if body is None else body.encode()
    return client.request(method, address, content=content, headers=headers, params={name: value} if name else None)


def test_the_examples_of_the_documents_answer(client: TestClient, token: Callable[..., dict[str, str]]) -> None:
    bearer = token("operator")["Authorization"].removeprefix("Bearer ")
    latest = ""
    for where, line in curls():
        answer = send(client, line.replace("{dispute_id}", latest), bearer)
        wanted = {401} if "…" in line else {200, 201}  # a password is not told
        assert answer.status_code in wanted, (where, line, answer.text[:300])
        if answer.status_code == 201:
            latest = answer.json()["id"]


def test_the_addresses_of_the_documents_answer(client: TestClient) -> None:
    texts = (re.sub(r"^```sh\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL) for text in MARKDOWN.values())
    found = {address for text in texts for address in re.findall(rf"{SERVICE}(/[^\s'\"`)>|，。]*)", text)}
    read = {address for address in found - NOT_READ if not re.search(r"[{$]", address)}
    assert len(read) > 5
    wrong = {address: status for address in sorted(read) if (status := client.get(address).status_code) >= 400}
    assert wrong == {}


# --- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in MARKDOWN if name.endswith("README.md") and "/" in name])
def test_a_readme_inside_the_tree_is_short(name: str) -> None:
    assert len(MARKDOWN[name].splitlines()) <= 40


@pytest.mark.parametrize("package", ["gis", "boundaries", "tiles", "api", "tests", "docker", "locks", "api/web"])
def test_a_package_has_a_readme(package: str) -> None:
    assert f"{package}/README.md" in MARKDOWN


def named_files() -> Iterator[tuple[str, str]]:
    """Files and folders that documents name: as links, or in backticks by their path or beside the document."""
    for name, text in MARKDOWN.items():
        yield from ((name, target) for target in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in target)
        for word in re.findall(r"`([A-Za-z0-9_.*-]+(?:/[A-Za-z0-9_.*-]+)*/?)`", text):
            by_path = word.split("/")[0] in PLACES and "/" in word
            beside = name.endswith("README.md") and re.fullmatch(r"\S+\.(?:py|sql|ts|yml|lock|in)", word)
            if (by_path or beside) and not NOT_OURS & set(word.split("/")):
                yield name, word


def is_there(name: str, word: str) -> bool:
    """Whether a document's word is a path from the root or from its folder, or a name somewhere below it."""
    folder = (ROOT / name).parent
    below = [path for path in ALL_FILES if path.is_relative_to(folder)]
    return any(list(start.glob(word)) for start in (ROOT, folder)) or any(path.match(word) for path in below)


def test_the_files_that_documents_name_are_there() -> None:
    missing = {(name, word) for name, word in named_files() if not is_there(name, word)}
    assert missing == set()


def test_no_text_names_a_registry_or_a_place_of_some_machine() -> None:
    hosts = [
        ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
    ]
    places = [f"/{name}/" for name in ("root", "work")]
    wrong: list[str] = []
    for path in ALL_FILES:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a file of another encoding made for a test
        wrong += [f"{path.relative_to(ROOT)}: {host}" for host in hosts if host in text]
        wrong += [
            f"{path.relative_to(ROOT)}: {place}" for place in places if re.search(rf"(?<![\w.\-}}/]){place}", text)
        ]
    assert wrong == []
