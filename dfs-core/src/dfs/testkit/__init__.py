"""What tests an instrument's plugin; no other room imports it.

``suite``
    ``InstrumentConformance``, which a plugin's own test subclasses with data
``conformance``
    the same checks as a report, in three levels; ``dfs plugin check`` prints it
``recipes``
    one recipe run by itself, its products in memory
``engines``
    ``EngineConformance``, which an engine's own test subclasses with its name
``faults``
    damaged files, folders that refuse, disks that are full, calls that fail, deaths
``databases``
    the database of a service, in an SQLite file or on a PostgreSQL server of its own

``suite`` and ``engines`` need pytest (``pip install dfs-core[testkit]``), the others do not.
"""
