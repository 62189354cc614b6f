"""The lines that the log has for requests."""

import json
from typing import Any

import pytest

from api.logs import JsonLines
from api.request_log import REQUEST_LOG, log


def request_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """All that were written since the test began, those that still wait included."""
    REQUEST_LOG.flush()
    texts = [JsonLines().format(record) for record in caplog.records if record.name == log.name]
    return [json.loads(line) for text in texts for line in text.splitlines()]
