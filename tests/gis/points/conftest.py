"""The ground of the tests with Apache Spark, made once."""

from pathlib import Path

import pytest

from tests.gis.points.spark_ground import make_ground


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a million points over two counties, the indexes, and the local engine's answers."""
    folder = tmp_path_factory.mktemp("spark")
    make_ground(folder)
    return folder
