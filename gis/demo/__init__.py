"""A demonstration county, deterministic from a seed: real codes and names over synthetic geometry and people."""

from gis.demo.county import DemoCounty, build

__all__ = ["DemoCounty", "build"]
