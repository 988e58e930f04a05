"""Instrument plugins: found, admitted, isolated and called."""

from dfs.host.host import Host, load_host
from dfs.host.model import PluginReport, PluginState
from dfs.host.registered import RegisteredInstrument

__all__ = ["Host", "PluginReport", "PluginState", "RegisteredInstrument", "load_host"]
