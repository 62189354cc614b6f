"""Reads the Dockerfile, and does in folders what an engine would do in layers."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from api.web_build import npm_command
from gis.settings import ROOT

DOCKERFILE = ROOT / "docker" / "Dockerfile"
_IN_IMAGE = re.compile(r"(?<![\w./])/(app|opt|locks|pages|data|usr/local/bin)(?![\w.-])")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its keyword, and the rest of its line with continuations joined."""

    keyword: str
    text: str

    @property
    def words(self) -> list[str]:
        """The words that are not flags."""
        return [word for word in shlex.split(self.text) if not word.startswith("--")]

    def flag(self, name: str) -> str | None:
        """The value of ``--name=value``."""
        found = re.search(rf"--{name}=(\S+)", self.text)
        return found[1] if found else None


@dataclass(frozen=True)
class Stage:
    """A FROM with what follows it; ``base`` is an image or an earlier stage."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list[Instruction])

    def all_of(self, keyword: str) -> list[Instruction]:
        return [one for one in self.instructions if one.keyword == keyword]

    def environment(self) -> dict[str, str]:
        pairs = (word.partition("=") for one in self.all_of("ENV") for word in one.words)
        return {name: value for name, _, value in pairs}


def instructions(text: str) -> Iterator[Instruction]:
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(kept))
    for line in filter(str.strip, joined.splitlines()):
        keyword, _, rest = line.partition(" ")
        yield Instruction(keyword, rest.strip())


def read_dockerfile() -> tuple[dict[str, str], list[Stage]]:
    """The defaults of the build arguments before the first FROM, and the stages."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for one in instructions(DOCKERFILE.read_text(encoding="utf-8")):
        if one.keyword == "FROM":
            base, *name = one.words
            stages.append(Stage(name[1] if name else "", base))
        elif stages:
            stages[-1].instructions.append(one)
        else:
            name, _, value = one.text.partition("=")
            arguments[name] = value
    return arguments, stages


def in_context(path: str) -> bool:
    """Whether ``.dockerignore`` lets a path of the tree reach the engine: the last pattern that matches decides."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if not pattern or pattern.startswith("#"):
            continue
        parts = re.split(r"(\*\*/|\*)", pattern)
        regex = "".join({"**/": "(?:.*/)?", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
        if re.fullmatch(regex + "(?:/.*)?", path):
            kept = line.strip().startswith("!")
    return kept


def context_files(source: str) -> list[str]:
    """The files of the tree below ``source`` that reach the engine."""
    start = ROOT / source
    found = [start] if start.is_file() else [path for path in start.rglob("*") if path.is_file()]
    names = (path.relative_to(ROOT).as_posix() for path in found)
    return sorted(name for name in names if in_context(name))


class Engine:
    """Builds each stage in a folder of its own under ``root``; the paths of the image are mapped into it."""

    def __init__(self, root: Path, python: str) -> None:
        self.root = root
        tools = root / "tools"
        tools.mkdir(parents=True)
        (tools / "python").write_text(f'#!/bin/sh\nexec {python} "$@"\n', encoding="ascii")
        (tools / "python").chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{tools}:{npm_command()[1]['PATH']}"}
        for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"):
            self.environment.pop(name, None)
        self._folders: dict[str, Path] = {}

    def mapped(self, stage: str, text: str) -> str:
        """``text`` with the image's paths led into the folder of a stage."""
        return _IN_IMAGE.sub(lambda match: f"{self._folders[stage]}/{match[1]}", text)

    def build(self, stage: Stage, *, run: bool = True) -> Path:
        """Do what a stage says; without its RUN lines if they change the system itself."""
        folder = self._folders.get(stage.base) or self.root / (stage.name or "image")
        self._folders[stage.name] = folder
        folder.mkdir(exist_ok=True)
        work = folder
        for one in stage.instructions:
            if one.keyword == "WORKDIR":
                work = folder / one.text.lstrip("/")
                work.mkdir(parents=True, exist_ok=True)
            elif one.keyword == "COPY":
                self._copy(one, folder, work)
            elif one.keyword == "RUN" and run:
                subprocess.run(
                    ["sh", "-euc", self.mapped(stage.name, one.text)], cwd=work, env=self.environment, check=True
                )
        return folder

    def _copy(self, one: Instruction, folder: Path, work: Path) -> None:
        *sources, target = one.words
        place = folder / target.lstrip("/") if target.startswith("/") else work / target
        stage = one.flag("from")
        for source in sources:
            if stage is not None:
                place.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-al", str(self._folders[stage] / source.lstrip("/")), str(place)], check=True)
                continue
            for name in context_files(source):
                inside = Path(name).relative_to(source) if (ROOT / source).is_dir() else Path()
                single = Path(name).name if target.endswith("/") and not inside.parts else ""
                end = place / single / inside
                end.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, end)
                if one.flag("chmod"):
                    end.chmod(int(one.flag("chmod") or "", 8))
