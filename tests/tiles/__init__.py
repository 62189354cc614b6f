"""Tests of the tiles package."""
