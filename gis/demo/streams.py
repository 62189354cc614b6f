"""Random numbers of the demo county: one independent stream per table, so that no table disturbs another."""

import numpy as np


def stream(seed: int, *key: int) -> np.random.Generator:
    """The generator of ``key`` (county, table …): PCG64, the same on every machine and Python."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def uuids(count: int, generator: np.random.Generator) -> list[str]:
    """Random UUIDs (version 4) as text, the same for the same generator."""
    raw = np.frombuffer(generator.bytes(16 * count), dtype=np.uint8).reshape(-1, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40  # RFC 9562, 5.4: version and variant
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    text = raw.tobytes().hex()
    ids = (text[at : at + 32] for at in range(0, len(text), 32))
    return [f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in ids]


def choose(count: int, weights: dict[str, float], generator: np.random.Generator) -> list[str]:
    """``count`` keys of ``weights`` (which add up to 1), drawn with these chances."""
    names = list(weights)
    steps = np.cumsum(list(weights.values()))[:-1]
    return [names[at] for at in np.searchsorted(steps, generator.random(count), side="right").tolist()]
