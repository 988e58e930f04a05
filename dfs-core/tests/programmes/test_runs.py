"""Runs are imported whole or not at all, and shown to those whom they concern."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from dfs.accounts import service as accounts
from dfs.foundation.errors import UserError
from dfs.programmes import service
from dfs.programmes.document import parse, read
from dfs.programmes.model import Mode, Right
from dfs.testkit.databases import sqlite_service
from dfs.ui.principal import SYSTEM

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
ALL = """
[[programme]]
code = "60.A-9253"
title = "Tutorial"
pi = "pi"
co_investigators = ["coi"]
[[programme.run]]
designation = "N"
instrument = "DEMO"
telescope = "T1"
mode = "SM"
period = 118
rank_class = "A"
allocated_h = 2.5
constraints = { seeing = 0.8, skyTransparency = "Clear" }
targets = [{ name = "M 31", ra_deg = 10.68, dec_deg = 41.27 }]
blocked_times = [{ start = 2026-12-01T00:00:00Z, end = 2026-12-02T00:00:00Z, reason = "travel" }]
delegates = ["helper"]
[[programme.run]]
designation = "P"
instrument = "GONE"
telescope = "T2"
mode = "VM"
period = 118
allocated_h = 8
"""
PEOPLE = {
    "pi": "astronomer",
    "coi": "astronomer",
    "helper": "astronomer",
    "stranger": "astronomer",
    "support": "support",
    "operator": "operator",
    "archive": "archive",
}


def clock():
    return NOW


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    # A password costs time on purpose, so the users are made once.
    with sqlite_service(tmp_path_factory.mktemp("programmes") / "dfs.sqlite") as engine:
        for name, role in PEOPLE.items():
            accounts.create_user(engine, clock, name, "a long password", roles=(role,))
        service.import_runs(engine, clock, parse(ALL, where="all.toml"))
        yield engine, {name: accounts.principal_of_user(engine, name) for name in PEOPLE}


def codes(engine, who):
    with Session(engine) as session:
        return [run.code for run in service.runs_of(session, who)]


def run(engine, who, code="60.A-9253(N)", right=Right.READ):
    with Session(engine) as session:
        return service.run_of_code(session, who, code, right)


def test_a_run_is_what_the_file_says(people):
    engine, known = people
    found = run(engine, known["pi"])
    assert (found.programme, found.mode, found.allocated_s) == ("60.A-9253", Mode.SERVICE, 9000)
    assert found.constraints == {"seeing": 0.8, "skyTransparency": "Clear"}
    assert found.targets[0].name == "M 31"
    assert found.blocked_times[0].end - found.blocked_times[0].start == dt.timedelta(days=1)
    assert found.pi.username == "pi"
    assert found.owned


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("pi", ["60.A-9253(N)", "60.A-9253(P)"]),
        ("coi", ["60.A-9253(N)", "60.A-9253(P)"]),
        ("helper", ["60.A-9253(N)"]),
        ("stranger", []),
        ("support", ["60.A-9253(N)", "60.A-9253(P)"]),
        ("operator", ["60.A-9253(N)", "60.A-9253(P)"]),
        ("archive", []),
    ],
)
def test_runs_are_shown_to_those_whom_they_concern(people, name, seen):
    engine, known = people
    assert codes(engine, known[name]) == seen


@pytest.mark.parametrize(
    ("name", "right", "answer"),
    [
        ("pi", Right.EDIT, ""),
        ("pi", Right.REVIEW, "run.forbidden"),
        ("helper", Right.EDIT, ""),
        ("coi", Right.READ, ""),
        ("coi", Right.EDIT, "run.forbidden"),
        ("support", Right.REVIEW, ""),
        ("operator", Right.READ, ""),
        ("operator", Right.EDIT, "run.forbidden"),
        ("stranger", Right.READ, "run.absent"),
        ("archive", Right.READ, "run.absent"),
    ],
)
def test_rights_follow_from_what_somebody_is(people, name, right, answer):
    engine, known = people
    if not answer:
        assert run(engine, known[name], right=right).code == "60.A-9253(N)"
        return
    with pytest.raises(UserError) as refused:
        run(engine, known[name], right=right)
    assert refused.value.code.name == answer


def test_a_run_that_is_not_there_and_one_that_is_not_yours_look_alike(people):
    engine, known = people
    with pytest.raises(UserError) as hidden:
        run(engine, known["stranger"])
    with pytest.raises(UserError) as absent:
        run(engine, known["stranger"], "60.A-0000(Z)")
    assert hidden.value.code == absent.value.code
    assert hidden.value.detail == absent.value.detail


def test_the_pi_delegates_and_ends_it(people):
    engine, known = people
    run_id = run(engine, known["pi"], "60.A-9253(P)").id
    service.delegate(engine, known["pi"], run_id, "stranger")
    assert run(engine, known["stranger"], "60.A-9253(P)", Right.EDIT).delegated
    with pytest.raises(UserError, match="only its PI"):
        service.delegate(engine, known["stranger"], run_id, "coi")
    service.end_delegation(engine, known["pi"], run_id, "stranger")
    assert codes(engine, known["stranger"]) == []


def test_what_is_known_is_brought_up_to_date(people):
    engine, _ = people
    changed = ALL.replace("allocated_h = 2.5", "allocated_h = 3.0")
    assert service.import_runs(engine, clock, parse(changed, where="")) == [
        "60.A-9253(N)",
        "60.A-9253(P)",
    ]
    assert run(engine, SYSTEM).allocated_s == 10_800
    service.import_runs(engine, clock, parse(ALL, where=""))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('pi = "pi"', 'pi = "nobody"', "run.unknown-user"),
        ('delegates = ["helper"]', 'delegates = ["nobody"]', "run.unknown-user"),
        ('instrument = "GONE"', 'instrument = "OTHER"', "run.contradiction"),
    ],
)
def test_a_file_is_imported_whole_or_not_at_all(people, old, new, code):
    engine, _ = people
    text = ALL.replace(old, new).replace('title = "Tutorial"', 'title = "Changed"')
    with pytest.raises(UserError) as refused:
        service.import_runs(engine, clock, parse(text, where=""))
    assert refused.value.code.name == code
    assert run(engine, SYSTEM).title == "Tutorial"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('mode = "SM"', 'mode = "XM"', "programme.0.run.0.mode"),
        ('designation = "P"', 'designation = "N"', "run N is there twice"),
        ("allocated_h = 8", "allocated_h = -8", "programme.0.run.1.allocated_h"),
        ("period = 118", "period = 118\ncolour = 1", "programme.0.run.0.colour"),
        ("end = 2026-12-02T00:00:00Z", "end = 2026-11-02T00:00:00Z", "it ends before it starts"),
        ("[[programme]]", "[[programme", "neither TOML nor JSON"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place(old, new, said):
    with pytest.raises(UserError, match=r"run\.document") as refused:
        parse(ALL.replace(old, new, 1), where="all.toml")
    assert said in refused.value.detail
    assert refused.value.where == "all.toml"


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "runs.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"run\.document"):
        read(path)
