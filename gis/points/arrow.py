"""Arrow's compute functions, which its annotations do not know: they are made when it is loaded."""

from typing import Any

import pyarrow.compute

pc: Any = pyarrow.compute
