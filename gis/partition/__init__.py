"""The partition of households into neighbour units (十联户). `partition` is the one door; see README.md."""

from gis.partition.divide import Effort, partition, partition_grids
from gis.partition.policy import DEFAULT_POLICY, UnitPolicy

__all__ = ["DEFAULT_POLICY", "Effort", "UnitPolicy", "partition", "partition_grids"]
