"""Real rule files of observatories, on headers made of the values that they ask for."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.organiser.model import ScannedFile
from dfs.organiser.rules import parse_rules
from dfs.organiser.rules.analysis import conjuncts, expressions, keywords
from dfs.organiser.rules.syntax import Comparison, Constant, Keyword, Match, walk
from dfs.organiser.service import explain, organise_scanned

pytestmark = pytest.mark.shared_data
FRAMES = 300


def instruments(rules) -> tuple[str, ...]:
    """INSTRUME values that the rules ask for."""
    found = {"DEMO": None}
    for expression in expressions(rules):
        for node in walk(expression):
            match node:
                case Comparison("==", Keyword("INSTRUME"), Constant(str() as value)):
                    found[value] = None
                case Match("like", Keyword("INSTRUME"), pattern):
                    found[pattern.replace("%", "")] = None
    return tuple(found)


def made_up(rules, generator: random.Random) -> list[ScannedFile]:
    """Make frames that each meet one classification rule, in few different set-ups."""
    served = instruments(rules)
    others = sorted({keyword.name for keyword in keywords(*expressions(rules))})
    files = []
    for number in range(FRAMES):
        header: dict = {name: generator.choice([1, 1, 1, 2]) for name in others}
        for name in ("PRO.CATG", "RAW.TYPE", "DO.CATG", "TPL.START"):
            header.pop(name, None)
        for part in conjuncts(generator.choice(rules.rules).condition):
            match part:
                case Comparison("==", Keyword(name), Constant(value)):
                    header[name] = value
                case Match("like", Keyword(name), pattern):
                    header[name] = pattern.replace("%", "")
        if header.get("INSTRUME") not in served:
            header["INSTRUME"] = served[-1]
        header |= {"ARCFILE": f"DEMO.{number}", "MJD-OBS": 6e4 + number / 50}
        files.append(ScannedFile(f"/raw/{number:04}.fits", header))
    return files


def test_every_real_rule_file_organises_a_night(shared_data: Path, make_host) -> None:
    generator = random.Random(7)
    blocks = calibrations = 0
    for path in sorted((shared_data / "pipeline" / "oca").glob("*.oca")):
        text = path.read_text("latin-1")
        try:
            rules = parse_rules(text, path.name)
        except UserError:
            continue
        host = make_host(text, instrument={"instrume": instruments(rules)})
        files = made_up(rules, generator)
        result = organise_scanned(host, files)
        assert organise_scanned(host, files[::-1]) == result
        done: set[str] = set()
        for block in result.blocks:
            assert block.depends_on <= done
            done.add(block.id)
            calibrations += len(block.calibrations)
        assert len(done) == len(result.blocks)
        blocks += len(done)
        if done:
            block = max(result.blocks, key=lambda block: len(block.calibrations))
            explanation = explain(host, result, block.id)
            chosen = sum(entry.chosen for entry in explanation.inputs)
            assert chosen == len(block.calibrations)
    assert blocks > 400
    assert calibrations > 50
