"""What tests an instrument's plugin; no other room imports it.

``suite``
    ``InstrumentConformance``, which a plugin's own test subclasses with data
``conformance``
    the same checks as a report, in three levels; ``dfs plugin check`` prints it
``recipes``
    one recipe run by itself, its products in memory
``faults``
    damaged files, folders that refuse, disks that are full, calls that fail

``suite`` needs pytest (``pip install dfs-core[testkit]``), the others do not.
"""
