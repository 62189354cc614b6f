"""GeoPackages held against their standard (OGC 12-128) by GDAL's validator, which the system's Python has."""

import subprocess
from pathlib import Path

import pytest

_VALIDATOR = ("/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg")


def complaints(path: Path) -> str:
    """What the validator finds wrong in a file, requirement by requirement; empty if nothing."""
    if (
        not Path(_VALIDATOR[0]).exists()
        or subprocess.run(
            [_VALIDATOR[0], "-c", "import osgeo_utils.samples.validate_gpkg"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("GDAL's validator of GeoPackages (python3-gdal) is not on this machine")
    done = subprocess.run([*_VALIDATOR, "-k", "--extra", str(path)], capture_output=True, check=False, text=True)
    return done.stdout + done.stderr
