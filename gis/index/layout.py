"""The index as one flat buffer: where its arrays stand. The same bytes in memory, in a file and in a mapped file.

A buffer begins with 64 int64 numbers, the head. Arrays follow, each at a multiple of 64 bytes, in the
order of the names below.
"""

from typing import Final

HEAD: Final = 64  # numbers in the head
MAGIC: Final = int.from_bytes(b"WANGGEIX", "little")
VERSION: Final = 1
CHUNK: Final = 32  # edges under one box
SIDE: Final = 4  # cells of a block in a row
AREA: Final = SIDE * SIDE
ONE, CONVEX, REFLEX, LIST = 0, 1, 2, 3  # forms of cells, see `gis.index.raster`

# Places in the head.
H_MAGIC: Final = 0
H_VERSION: Final = 1
H_SIZE: Final = 2  # bytes of the whole buffer
H_GRIDS: Final = 3
H_ROWS: Final = 4
H_CHUNKS: Final = 5
H_SCALE: Final = 6  # a double: cells a degree, a power of two
H_WEST: Final = 7  # number of the westernmost column, 0 at 0°
H_SOUTH: Final = 8
H_COLUMNS: Final = 9  # of blocks, without the frame
H_BANDS: Final = 10
H_BLOCKS: Final = 11  # numbers in the array
H_LISTS: Final = 12
H_WIDTH: Final = 13  # letters of a code
H_META: Final = 14  # bytes of the metadata
H_CHECKSUM: Final = 60  # four numbers
H_FIRST_OFFSET: Final = 16

# The arrays: place in the head of their offset in bytes.
(
    S_CODES,
    S_META,
    S_FIRST,
    S_CHUNK,
    S_BOXES,
    S_CHUNK_BOXES,
    S_XY,
    S_FACES,
    S_KIND,
    S_COARSE,
    S_BLOCKS,
    S_LISTS,
    S_BAND_BLOCKS,
    S_BAND_LISTS,
) = range(H_FIRST_OFFSET, H_FIRST_OFFSET + 14)
