"""Structured logs: one line each, without rows of people, rotated under the feet of their writers."""

import asyncio
import json
import logging
import logging.config
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from api import request_log
from api.logs import JsonLines, LogFile, configuration
from api.request_log import PATIENCE_S, RequestLog
from api.supervisor import LOGS_KEPT, LogRotation

LOGGER = "wangge.test.logs"
ROW = "13800001234, 张三"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A log file that one logger writes to."""
    path = tmp_path / "service.log"
    handler, logger = LogFile(path, encoding="utf-8"), logging.getLogger(LOGGER)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)  # whatever an earlier test set for all
    yield path
    logger.setLevel(level)
    logger.removeHandler(handler)
    handler.close()


def warn(number: int) -> None:
    logging.getLogger(LOGGER).warning("第\n%s行", number, extra={"number": number})


def test_a_record_is_one_line_of_json(log: Path) -> None:
    warn(7)
    (line,) = log.read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    assert (told["message"], told["number"], told["level"], told["logger"]) == ("第\n7行", 7, "warning", LOGGER)
    assert told["at"].endswith("+08:00")


def test_a_request_s_line_is_the_one_that_its_record_would_have() -> None:
    told = {"route": "/a/{name}", "method": "GET", "status": 200, "ms": 0.12}
    record = logging.makeLogRecord({"name": "wangge.requests", "msg": "request", "levelname": "INFO", **told})
    with mock.patch("time.time", return_value=record.created), mock.patch.object(request_log.log, "log") as write:
        waiting = RequestLog()
        request_log.log.setLevel(logging.INFO)
        asyncio.run(_noted(waiting))
    request_log.log.setLevel(logging.NOTSET)
    (_, lines), _ = write.call_args
    assert JsonLines().format(logging.makeLogRecord({"msg": lines})) == JsonLines().format(record)


async def _noted(waiting: RequestLog) -> None:
    waiting.add("/a/{name}", "GET", 200, 0.00012)
    await asyncio.sleep(2 * PATIENCE_S)


def test_a_moment_s_requests_are_written_together_and_failures_at_once() -> None:
    async def requests() -> list[int]:
        counts: list[int] = []
        for status in (200, 404, 200, 500, 200):
            waiting.add("/a", "GET", status, 0.001)
            counts.append(write.call_count)
        await asyncio.sleep(2 * PATIENCE_S)
        return counts

    with mock.patch.object(request_log.log, "log") as write:
        waiting = RequestLog()
        request_log.log.setLevel(logging.INFO)
        counts = asyncio.run(requests())
    request_log.log.setLevel(logging.NOTSET)
    assert counts == [0, 0, 0, 1, 1]
    told = [[json.loads(line)["status"] for line in call.args[1].splitlines()] for call in write.call_args_list]
    assert told == [[200, 404, 200, 500], [200]]
    assert [call.args[0] for call in write.call_args_list] == [logging.WARNING, logging.INFO]


def test_a_clock_that_is_set_back_holds_no_line() -> None:
    async def requests() -> int:
        for moment in (2_000_000_000.0, 1_000_000_000.0):
            with mock.patch("time.time", return_value=moment):
                waiting.add("/a", "GET", 200, 0.001)
            await asyncio.sleep(2 * PATIENCE_S)
        return write.call_count

    with mock.patch.object(request_log.log, "log") as write:
        waiting = RequestLog()
        request_log.log.setLevel(logging.INFO)
        count = asyncio.run(requests())
    request_log.log.setLevel(logging.NOTSET)
    assert count == 2


def refuse(row: str) -> None:
    raise ValueError(f"violates check\nDETAIL:  Failing row contains ({row}).")


def fail(row: str) -> None:
    try:
        refuse(row)
    except ValueError as error:
        raise KeyError("outer") from error


def test_an_error_is_told_with_its_causes_but_without_rows(log: Path) -> None:
    try:
        fail(ROW)
    except KeyError:
        logging.getLogger(LOGGER).exception("unexpected")
    told = json.loads(log.read_text(encoding="utf-8"))["error"]
    assert told.index("ValueError: violates check") < told.index("KeyError: 'outer'")
    assert "test_logs.py" in told
    assert "1380000" not in told


def test_rotation_loses_no_line_and_keeps_a_few_files(log: Path) -> None:
    rotate = LogRotation(log, limit=2000)
    for number in range(200):
        warn(number)
        rotate()
    files = sorted(log.parent.iterdir(), key=lambda path: -path.stat().st_mtime_ns)
    assert len(files) == LOGS_KEPT + 1
    assert {path.name for path in files} == {"service.log", *(f"service.log.{n}" for n in range(1, LOGS_KEPT + 1))}
    assert all(path.stat().st_size < 2500 for path in files)
    names = [log, *(log.with_name(f"service.log.{n}") for n in range(1, LOGS_KEPT + 1))]
    lines = [line for path in reversed(names) for line in path.read_text(encoding="utf-8").splitlines()]
    numbers = [json.loads(line)["number"] for line in lines]
    assert numbers == list(range(numbers[0], 200))


def test_rotation_of_a_log_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    LogRotation(tmp_path / "missing" / "service.log")()
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_cannot_be_written_disturbs_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handler = LogFile("/dev/full", encoding="utf-8")
    record = logging.makeLogRecord({"msg": "lost"})
    handler.handle(record)
    with pytest.raises(OSError, match="No space left"):
        handler.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("to_file", [True, False])
def test_the_configuration_is_one(tmp_path: Path, to_file: bool) -> None:
    path = str(tmp_path / "service.log") if to_file else None
    made = configuration("warning", path)
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        logging.config.dictConfig(made)
        assert logging.root.level == logging.WARNING
        (handler,) = logging.root.handlers
        assert isinstance(handler, LogFile) is to_file
        assert isinstance(handler.formatter, JsonLines)
        handler.close()
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
