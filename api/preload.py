"""What the fork server imports: the whole program, so that every worker forked from it has it."""

import gc
import importlib
import logging
import signal

from api.worker import reserve_counters

# Signals to the terminal's processes are the supervisor's to handle; workers inherit this.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP, signal.SIGTERM})

try:
    reserve_counters()
    importlib.import_module("api.app")
    gc.freeze()  # or a worker's first collection would copy the memory that they share
except Exception:  # each worker imports it again and says that it cannot start
    logging.getLogger("wangge.worker").exception("the program cannot be imported")
