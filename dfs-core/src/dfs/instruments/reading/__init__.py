"""Reading the files of instrument packages; what they may say is in docs/plugins/packages.md."""

from dfs.instruments.reading.package import instrume_of, read_package
from dfs.instruments.reading.templates import TEMPLATES

__all__ = ["TEMPLATES", "instrume_of", "read_package"]
