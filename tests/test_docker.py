"""The image and the compose file, checked without an engine; and the image's steps done in folders."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.conninfo import make_conninfo

from gis.db import connect_admin
from gis.pg_config import settings_text
from gis.settings import ROOT, Settings
from tests.conftest import Templates
from tests.container import Container
from tests.dockerfile import DOCKERFILE, Stage, context_files, in_context, read_dockerfile

BIN = Path(sys.executable).parent
COMPOSE = ROOT / "docker" / "compose.yml"
ARGUMENTS, STAGES = read_dockerfile()
IMAGE = STAGES[-1]
SLIM_HAS = re.compile(r"(ld-linux\S*|lib(c|m|dl|pthread|rt|resolv|util|gcc_s|stdc\+\+|z))\.so\.\d+")
BROUGHT = {"libexpat1": "libexpat.so.1"}


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def test_the_dockerfile_passes_the_linter() -> None:
    run(str(BIN / "hadolint"), "--failure-threshold", "style", str(DOCKERFILE))


def test_the_compose_file_fits_the_compose_specification() -> None:
    run(str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(COMPOSE))


def test_base_images_have_exact_versions() -> None:
    names = [stage.name for stage in STAGES]
    bases = [ARGUMENTS[stage.base.strip("${}")] for stage in STAGES if stage.base not in names]
    pinned = [*bases, *(compose()["services"][name]["image"] for name in ("database", "public"))]
    assert all(re.search(r":[0-9]+[.-][0-9]+", image) and "latest" not in image for image in pinned), pinned


def test_the_image_runs_as_nobody_special_and_tells_its_health() -> None:
    assert [one.text for one in IMAGE.all_of("USER")] == ["10001:10001"]
    assert IMAGE.instructions.index(IMAGE.all_of("USER")[0]) > max(
        IMAGE.instructions.index(one) for one in IMAGE.all_of("RUN")
    )
    assert "/ready" in IMAGE.all_of("HEALTHCHECK")[0].text
    assert IMAGE.all_of("CMD")[0].text == '["serve"]'


def test_packages_come_from_the_lock_with_hashes() -> None:
    installs = [one.text for stage in STAGES for one in stage.all_of("RUN") if "pip install" in one.text]
    assert len(installs) == 1
    assert {"--require-hashes", "--only-binary", "/locks/run.lock"} <= set(installs[0].split())
    npm = [one.text for stage in STAGES for one in stage.all_of("RUN") if "npm" in one.text]
    assert npm[0] == "npm ci"
    assert not any("npm install" in text for text in npm)


def test_nothing_is_fetched_and_no_secret_is_baked_in() -> None:
    every = [one for stage in STAGES for one in stage.instructions]
    assert not [one for one in every if one.keyword == "ADD" or "://" in one.text.replace("http://127.0.0.1", "")]
    secret = re.compile(r"PASSWORD|SECRET|TOKEN|DATABASE_URL", re.IGNORECASE)
    assert not [one for one in every if one.keyword in {"ENV", "ARG"} and secret.search(one.text)]
    assert not secret.search(",".join(ARGUMENTS))


def test_every_file_copied_is_there_and_reaches_the_engine() -> None:
    copies = [one for stage in STAGES for one in stage.all_of("COPY") if one.flag("from") is None]
    for one in copies:
        for source in one.words[:-1]:
            assert context_files(source), source


@pytest.mark.parametrize(
    "path",
    [".git/config", ".data/secret/token.key", "docker/secrets.env", ".venv/bin/python", "api/web/node_modules/x/y.js",
     "gis/__pycache__/db.pyc", "tests/conftest.py"],
)  # fmt: skip
def test_what_does_not_belong_into_the_image_stays_here(path: str) -> None:
    assert not in_context(path)


def test_the_image_holds_every_package_of_the_project() -> None:
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"root_packages = (\[.*\])", config)
    assert packages is not None
    code = next(stage for stage in STAGES if stage.name == "code")
    assert {f"/app/{name}" for name in json.loads(packages[1])} <= {one.words[-1] for one in code.all_of("COPY")}


def test_only_this_machine_reaches_the_service_and_nobody_the_database() -> None:
    services = compose()["services"]
    assert {name: one["ports"] for name, one in services.items() if "ports" in one} == {
        "service": ["127.0.0.1:8000:8000"],
        "public": ["127.0.0.1:8080:8080"],
    }
    assert compose()["networks"]["inside"]["internal"] is True
    assert services["database"]["networks"] == ["inside"]


def test_passwords_come_from_a_file_that_is_never_committed() -> None:
    services = compose()["services"]
    assert {name for name, one in services.items() if one.get("env_file") != ["secrets.env"]} == {"public"}
    assert "PASSWORD" not in json.dumps([one.get("environment") for one in services.values()])
    assert "docker/secrets.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_one_shots_come_before_the_service_and_volumes_are_named() -> None:
    found = compose()
    services = found["services"]
    assert services["service"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["demo"]["profiles"] == ["demo"]
    assert (services["migrate"]["command"], services["demo"]["command"]) == (["migrate"], ["demo"])
    assert services["service"].get("command") is None  # the image's own: serve
    used = {volume.split(":")[0] for one in services.values() for volume in one["volumes"]}
    assert used - {"./nginx.conf"} == set(found["volumes"])
    for name in ("migrate", "demo", "service", "archive", "public"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]


def test_the_public_archive_is_all_that_its_server_sees() -> None:
    services = compose()["services"]
    public, archive = services["public"], services["archive"]
    assert public["volumes"] == ["./nginx.conf:/etc/nginx/nginx.conf:ro", "public:/public:ro"]
    assert (public["networks"], public["profiles"], archive["profiles"]) == (["outside"], ["public"], ["public"])
    assert public["depends_on"] == {"archive": {"condition": "service_completed_successfully"}}
    assert archive["command"] == ["export", "pmtiles", "--out", "/public/county.pmtiles"]
    assert "-o 10001 -g 10001 -m 0755 /public" in " ".join(one.text for one in IMAGE.all_of("RUN"))


NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


@pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not here")
def test_nginx_serves_ranges_of_the_archive(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "county.pmtiles").write_bytes(bytes(range(256)) * 8)
    (tmp_path / ".county.pmtiles.half.pmtiles").write_bytes(b"half")
    tmp_path.chmod(0o755)
    text = (ROOT / "docker" / "nginx.conf").read_text(encoding="utf-8")
    text = re.sub(r"(pid|_path) /[a-z]+/", rf"\1 {tmp_path}/", text)
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}").replace("root /public", f"root {tmp_path}")
    (tmp_path / "nginx.conf").write_text("daemon off;\nmaster_process off;\n" + text, encoding="utf-8")
    command = [NGINX, "-p", str(tmp_path), "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
    run(*command, "-t")
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        _check_archive(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=20)


def _check_archive(url: str) -> None:
    def asked(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(url + path, method=method, headers=headers)  # noqa: S310 - our own server
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()

    status, headers, body = asked("/county.pmtiles", Range="bytes=16-31", Origin="https://a.example")
    assert (status, body, headers["content-range"]) == (206, bytes(range(16, 32)), "bytes 16-31/2048")
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cache-control"] == "public, max-age=60, no-transform"
    assert headers["content-type"] == "application/vnd.pmtiles"
    assert asked("/county.pmtiles", **{"If-None-Match": headers["etag"]})[0] == 304
    status, headers, _ = asked("/county.pmtiles", "OPTIONS")
    assert (status, "Range" in headers["access-control-allow-headers"]) == (204, True)
    assert asked("/county.pmtiles", "DELETE")[0] in {403, 405}
    assert {asked(path)[0] for path in ("/", "/nginx.conf", "/.county.pmtiles.half.pmtiles", "/../etc/passwd")} <= {
        400,
        404,
    }


def test_the_database_is_set_up_like_the_private_cluster() -> None:
    text = settings_text(port=1, socket_folder=None, log_folder=Path("log"), durable=True)
    ours = dict(re.findall(r"^(\w+) = '?(.*?)'?$", text, re.MULTILINE))
    _, *options = compose()["services"]["database"]["command"]
    given = dict(option.removeprefix("-c").split("=") for option in options)
    given.pop("shared_buffers")  # depends on the machine there
    assert given == {name: ours[name] for name in given}
    assert {"log_parameter_max_length", "log_parameter_max_length_on_error", "log_error_verbosity"} <= set(given)


def test_environment_names_are_settings() -> None:
    names = {f"WANGGE_{name.upper()}" for name in Settings.model_fields}
    used = set(re.findall(r"WANGGE_[A-Z_]+", DOCKERFILE.read_text() + COMPOSE.read_text()))
    assert used <= names


@pytest.fixture
def container(templates: Templates) -> Iterator[Container]:
    with connect_admin(templates.maintenance) as connection:
        connection.execute("CREATE DATABASE image")
    # Over TCP, as from another container: the socket lets only its owner in.
    url = make_conninfo(templates.maintenance, dbname="image", host="127.0.0.1")
    root = Path(tempfile.mkdtemp(prefix="wangge-image-"))
    root.chmod(0o755)
    try:
        yield Container(root, url)
    finally:
        shutil.rmtree(root)


@pytest.mark.long
def test_the_steps_of_the_image_lead_to_a_service_that_is_healthy(container: Container) -> None:
    assert "0001_roles.sql" in container.command("migrate")
    server = container.start("wangge", *json.loads(IMAGE.all_of("CMD")[0].text))
    try:
        assert not container.healthy(), "an empty store is not ready"
        container.command("demo")
        for _ in range(120):
            if container.healthy():
                break
            time.sleep(0.5)
        assert container.healthy(), server.poll()
        if os.geteuid() == 0:
            status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
            assert re.search(r"^Uid:\s+10001\s+10001", status, re.MULTILINE)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{container.port}/map") as page:
            assert b"<!doctype html>" in page.read(100).lower()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            opener.open(f"http://127.0.0.1:{container.port}/households")
        assert container.command("token", "--role", "leader").count(".") == 2
        assert "✗" not in container.command("doctor")
    finally:
        server.send_signal(signal.SIGTERM)
        output, _ = server.communicate(timeout=60)
    assert server.returncode == 0, output[-2000:]
    assert not list((container.folder / "app").rglob(".data"))
    check_libraries(container.folder / "opt" / "venv")


def check_libraries(venv: Path) -> None:
    """What the packages need of the system is what slim images have and what the Dockerfile adds."""
    libraries = list(venv.rglob("*.so*"))
    needed: set[str] = set()
    for library in libraries:
        told = subprocess.run(["ldd", str(library)], capture_output=True, text=True, check=False).stdout
        needed |= {line.split()[0] for line in told.splitlines() if "=>" in line}
    needed -= {library.name for library in libraries}  # wheels bring most of what they need
    assert {name for name in needed if not SLIM_HAS.fullmatch(name)} == set(BROUGHT.values())
    assert all(package in stage_text(IMAGE) for package in BROUGHT)


def stage_text(stage: Stage) -> str:
    return "\n".join(one.text for one in stage.instructions)
