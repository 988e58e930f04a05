"""Provenance as the World Wide Web Consortium understands it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from prov.model import (
    ProvActivity,
    ProvAgent,
    ProvAssociation,
    ProvDerivation,
    ProvDocument,
    ProvEntity,
    ProvGeneration,
    ProvUsage,
)

from dfs.reduction.provenance.service import trace_product
from dfs.reduction.provenance.w3c import prov_json


@pytest.fixture(scope="session")
def document(reduced: Path) -> ProvDocument:
    text = prov_json(trace_product("id-of-flat", reduced).product)
    return ProvDocument.deserialize(content=text, format="json")


def test_runs_are_activities_between_entities(document: ProvDocument) -> None:
    counts = {
        kind: len(list(document.get_records(kind)))
        for kind in (ProvEntity, ProvActivity, ProvUsage, ProvGeneration, ProvDerivation)
    }
    assert counts == {
        ProvEntity: 5 + 3 + 6 + 3,
        ProvActivity: 3,
        ProvUsage: 5 + 4 + 8,
        ProvGeneration: 3,
        ProvDerivation: 5 + 4 + 8,
    }


def test_agents_are_the_software_and_the_machine(document: ProvDocument) -> None:
    labels = {str(*agent.get_attribute("prov:label")) for agent in document.get_records(ProvAgent)}
    assert any(label.startswith("dfs-core ") for label in labels)
    assert len(labels) == 3  # with the plugin and the machine
    activities = len(list(document.get_records(ProvActivity)))
    assert len(list(document.get_records(ProvAssociation))) == activities * len(labels)


def test_every_relation_joins_what_is_in_the_document(document: ProvDocument) -> None:
    known = {str(record.identifier) for record in document.get_records() if record.identifier}
    for relation in document.get_records():
        if relation.is_relation():
            assert {str(end) for _, end in relation.formal_attributes[:2] if end} <= known


def test_the_document_has_the_structure_of_prov_json(reduced: Path) -> None:
    told = json.loads(prov_json(trace_product("id-of-flat", reduced).product))
    assert {"prefix", "entity", "activity", "agent", "used", "wasGeneratedBy"} <= set(told)
    assert {"wasAssociatedWith", "wasDerivedFrom"} <= set(told)
    (flat,) = (e for e in told["entity"].values() if e.get("dfs:category") == "MASTER_FLAT")
    assert flat["dfs:product"] == "id-of-flat.MASTER_FLAT"
    assert all("prov:startTime" in activity for activity in told["activity"].values())
    assert {used["prov:role"] for used in told["used"].values()} >= {"FLAT", "MASTER_BIAS"}


def test_documents_of_two_products_name_what_they_share_alike(reduced: Path) -> None:
    first, second = (
        json.loads(prov_json(trace_product(target, reduced).product))
        for target in ("id-of-bias", "id-of-flat")
    )
    assert set(first["entity"]) < set(second["entity"])
    assert set(first["activity"]) < set(second["activity"])


def test_what_only_a_header_tells_can_be_written_too(flat: Path, tmp_path: Path) -> None:
    shutil.copy(flat, tmp_path / "copy.fits")
    told = prov_json(trace_product(str(tmp_path / "copy.fits"), tmp_path / "nowhere").product)
    document = ProvDocument.deserialize(content=told, format="json")
    assert len(list(document.get_records(ProvActivity))) == 1
    assert len(list(document.get_records(ProvUsage))) == 8
