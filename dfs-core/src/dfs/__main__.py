"""``python -m dfs`` is the command ``dfs``."""

import sys

from dfs.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
