"""Publishes what waits for its legal date, when the day has come; every worker looks, one of them does it."""

import logging
import threading

from api.publishing import publish_due
from gis.db import Database
from gis.errors import WanggeError

log = logging.getLogger("wangge.due")
LOOK_S = 5.0
RETRY_S = 60.0


def watch_days(database: Database, stop: threading.Event) -> None:
    """Look now and then until ``stop`` is set; what cannot be published waits on and is tried again."""
    wait_s = LOOK_S
    while not stop.wait(wait_s):
        wait_s = LOOK_S
        try:
            edition = publish_due(database)
        except WanggeError as error:
            log.warning("a publication whose day has come waits", extra={"reason": error.message("en")})
            wait_s = RETRY_S
        except Exception:  # whatever it is, the next look must come
            log.exception("a publication whose day has come failed")
            wait_s = RETRY_S
        else:
            if edition is not None:
                log.info("published on its day", extra={"edition": edition})
