"""Provenance in the terms of the World Wide Web Consortium, as PROV-JSON.

Files are entities, runs activities, software and machines agents. Names are digests, so
that documents of several products fit together.

Sources: PROV-DM, the PROV data model (W3C recommendation, 2013); PROV-JSON (W3C member
submission, 2013).
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from prov.model import ProvAgent, ProvDocument, ProvEntity

from dfs.reduction.provenance.tree import TracedFile, TracedRun, files, runs

__all__ = ["prov_json"]

_NAMESPACE: Final = "urn:dfs:"


def prov_json(product: TracedFile) -> str:
    """Write where a product comes from as PROV-JSON."""
    document = ProvDocument()
    document.add_namespace("dfs", _NAMESPACE)
    entities: dict[str, ProvEntity] = {}
    agents: dict[str, ProvAgent] = {}
    for file in files(product):
        _entity(document, file, entities)
    for run in runs(product):
        made = [f for f in files(product) if f.maker is not None and f.maker.place == run.place]
        _activity(document, run, made, entities, agents)
    return str(document.serialize(format="json", indent=2))


def _entity(document: ProvDocument, file: TracedFile, entities: dict[str, ProvEntity]) -> None:
    name = _file_name(file)
    if name in entities:
        return
    attributes: dict[str, Any] = {
        "prov:label": file.name,
        "prov:location": file.path,
        "dfs:sha256": file.sha256,
        "dfs:state": file.state.value,
    }
    if file.product:
        attributes["dfs:product"] = file.product
    if file.category:
        attributes["dfs:category"] = file.category
    entities[name] = document.entity(name, attributes)


def _activity(
    document: ProvDocument,
    run: TracedRun,
    made: list[TracedFile],
    entities: dict[str, ProvEntity],
    agents: dict[str, ProvAgent],
) -> None:
    record = run.record
    activity = document.activity(
        f"dfs:run-{_digest(record.key, run.place)}",
        record.started_at,
        record.ended_at,
        [
            ("prov:label", f"{record.instrument}.{record.recipe}"),
            ("dfs:block", record.id),
            ("dfs:runner", record.runner),
            ("dfs:key", record.key),
            *(("dfs:parameter", f"{name}={value}") for name, value in record.parameters.items()),
            *(("dfs:environment", f"{n} {v}") for n, v in record.environment.items()),
        ],
    )
    for name, software in record.software.items():
        version = software.version + (f"+{software.fingerprint}" if software.fingerprint else "")
        agent = _agent(document, agents, "prov:SoftwareAgent", name, version)
        document.association(activity, agent)
    if host := record.machine.get("host"):
        system = record.machine.get("system", "")
        document.association(activity, _agent(document, agents, "dfs:Machine", host, system))
    for used in run.inputs:
        entity = entities[_file_name(used)]
        document.usage(activity, entity, other_attributes={"prov:role": used.tag})
    for product in made:
        entity = entities[_file_name(product)]
        document.generation(entity, activity, record.ended_at)
        for source in dict.fromkeys(map(_file_name, run.inputs)):
            document.derivation(entity, entities[source], activity)


def _agent(
    document: ProvDocument, agents: dict[str, ProvAgent], kind: str, name: str, version: str
) -> ProvAgent:
    identity = f"dfs:agent-{_digest(kind, name, version)}"
    if identity not in agents:
        attributes = {"prov:type": kind, "prov:label": f"{name} {version}".strip()}
        agents[identity] = document.agent(identity, attributes)
    return agents[identity]


def _file_name(file: TracedFile) -> str:
    """Name a file by its content, or by where it lay if that is not known."""
    return f"dfs:file-{file.sha256 or _digest(file.path)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
