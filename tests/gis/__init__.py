"""Tests of the gis package."""
