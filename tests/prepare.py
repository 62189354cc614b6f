"""``python -m tests.prepare FOLDER``: the templates of the tests in a stopped cluster, of which each test process takes a copy."""

import sys
from pathlib import Path

from gis.cluster import Cluster
from gis.settings import Settings
from tests.conftest import FILES, Templates


def prepare(folder: Path) -> None:
    """Make a cluster in ``folder``, and both template databases in it; it stands still afterwards."""
    files = folder / FILES
    files.mkdir()
    cluster = Cluster(Settings(data=folder), durable=False)
    try:
        cluster.ensure()
        Templates(cluster.conninfo(), files).county()
    finally:
        cluster.stop()


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
