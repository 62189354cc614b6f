"""``python -m api.cli``."""

import sys

try:
    from api.cli.main import main
except KeyboardInterrupt:
    sys.exit(130)

main()
