"""GDAL's Arrow interface, set so that it gives every row as it is."""

import pyogrio
from pyogrio import raw

# GDAL's own Arrow reader of FlatGeobuf (3.12) gives broken texts and geometries after a row without a geometry.
pyogrio.set_gdal_config_options({"OGR_FLATGEOBUF_STREAM_BASE_IMPL": True})

open_arrow = raw.open_arrow
read_arrow = raw.read_arrow
