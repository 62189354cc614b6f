"""Random numbers of the demo county: one independent stream per table, so that no table disturbs another."""

from uuid import UUID

import numpy as np


def stream(seed: int, *key: int) -> np.random.Generator:
    """The generator of ``key`` (county, table …): PCG64, the same on every machine and Python."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def uuids(count: int, generator: np.random.Generator) -> list[str]:
    """Random UUIDs (version 4) as text, the same for the same generator."""
    raw = generator.bytes(16 * count)
    return [str(UUID(bytes=raw[at : at + 16], version=4)) for at in range(0, len(raw), 16)]


def choose(count: int, weights: dict[str, float], generator: np.random.Generator) -> list[str]:
    """``count`` keys of ``weights`` (which add up to 1), drawn with these chances."""
    names = list(weights)
    steps = np.cumsum(list(weights.values()))[:-1]
    return [names[at] for at in np.searchsorted(steps, generator.random(count), side="right").tolist()]
