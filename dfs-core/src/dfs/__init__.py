"""DFS: an observatory's Data Flow System.

The core knows the flow, a plugin knows the instrument, and nothing crosses
between them but the public contract :mod:`dfs.plugin`.
"""
