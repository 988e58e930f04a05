"""The core's rules come first, the instrument's own follow, and no answer blocks."""

from dataclasses import dataclass, field

import pytest

from dfs.foundation.clock import system_clock
from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.instruments.logic import default_parameters
from dfs.instruments.service import Packages
from dfs.plugin import (
    Container,
    ContainerKind,
    Finding,
    Member,
    ObservationBlock,
    Severity,
    Target,
    Template,
)
from dfs.preparation import alone, verdict
from dfs.preparation.formats.reading import ReadFile
from dfs.preparation.verification import Facts
from dfs.programmes.model import Mode, Person, RankClass, Run

RUN = Run(
    id=1,
    code="60.A-1(A)",
    programme="60.A-1",
    title="",
    pi=Person("pi", "P. I.", ""),
    instrument="DEMO",
    telescope="T1",
    period=118,
    scheduled_period=118,
    mode=Mode.SERVICE,
    rank_class=RankClass.A,
    allocated_s=3600.0,
)
BRIGHT = Finding(code="demo.bright", severity=Severity.WAIVABLE, message="The sky is bright.")
CHAIN, FOLDER = ContainerKind.CONCATENATION, ContainerKind.FOLDER


@dataclass
class Questioned:
    """A host that notes what the instrument was asked, and answers one thing."""

    answer: tuple[Finding, ...] | Exception = ()
    asked: list[str] = field(default_factory=list)

    def verify_ob(self, instrument, block, package):
        return self._answer(f"{instrument} {package.version} {block.name}")

    def verify_container(self, instrument, container, packages):
        return self._answer(f"{instrument} {', '.join(packages)} {container.name}")

    def _answer(self, question):
        self.asked.append(question)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture(scope="module")
def host(plugin_modules):
    import dfs_demo.plugin

    return Host.from_modules({"demo": dfs_demo.plugin})


@pytest.fixture(scope="module")
def packages(host):
    return Packages(host)


@pytest.fixture(scope="module")
def block(packages):
    package = packages.latest("demo")

    def template(name, **values):
        signature = package.template(name)
        return Template(
            name=name, kind=signature.kind, parameters=default_parameters(signature) | values
        )

    return ObservationBlock(
        id=1,
        name="one",
        instrument="DEMO",
        package_version=package.version,
        target=Target(name="A field", ra="12:00:00.000", dec="-30:00:00.000"),
        constraints={each.name: each.default for each in package.constraints},
        templates=(
            template("DEMO_img_acq"),
            template("DEMO_img_obs", **{"DET.WIN1.UIT1": 60.0}),
        ),
        finding_charts=("chart.jpg",),
    )


@pytest.fixture
def facts(block, packages):
    def known(**changes):
        latest = packages.latest("demo").version
        return Facts(run=RUN, now=system_clock(), latest_version=latest, **changes)

    return known


def spoilt(block):
    template = block.templates[1]
    wrong = template.model_copy(
        update={"parameters": {**template.parameters, "DET.WIN1.UIT1": "x"}}
    )
    return block.model_copy(update={"id": 2, "templates": (block.templates[0], wrong)})


def container(kind, name, *items):
    return Container(kind=kind, name=name, members=tuple(Member(item=item) for item in items))


def test_the_instrument_is_asked_about_the_package_that_the_block_was_written_for(
    block, packages, facts
):
    host = Questioned((BRIGHT,))
    assert verdict.of_block(host, packages, block, facts()) == [BRIGHT]
    assert host.asked == ["demo 1.01 one"]


def test_what_the_instrument_finds_can_be_waived_as_well(block, packages, facts):
    waivers = {"demo.bright": "S. Support: twilight flat"}
    (found,) = verdict.of_block(Questioned((BRIGHT,)), packages, block, facts(waivers=waivers))
    assert found.severity is Severity.INFO
    assert "S. Support" in found.message


def test_an_instrument_never_sees_a_parameter_of_the_wrong_type(block, packages, facts):
    host = Questioned()
    found = verdict.of_block(host, packages, spoilt(block), facts())
    assert {one.code for one in found} == {"ob.value"}
    chain = container(CHAIN, "chain", block, spoilt(block))
    verdict.of_container(host, packages, chain, facts(), {1: (), 2: found})
    assert host.asked == []


def test_a_verifier_that_fails_blocks(block, packages, facts):
    host = Questioned(UserError(alone.DOCUMENT, "it broke"))
    (found,) = verdict.of_block(host, packages, block, facts())
    chain = container(CHAIN, "chain", block)
    (together,) = verdict.of_container(host, packages, chain, facts(), {1: ()})
    for one in (found, together):
        assert (one.code, one.severity) == ("ob.verifier-failed", Severity.ERROR)
        assert "it broke" in one.message


def test_a_block_of_a_package_that_is_gone_is_blocked(block, packages, facts):
    gone = block.model_copy(update={"package_version": "0.1"})
    (found,) = verdict.of_block(Questioned(), packages, gone, facts())
    assert (found.code, found.path) == ("ob.verifier-failed", "package_version")


def test_a_finding_in_a_nested_member_says_which(block, packages, facts):
    host = Questioned()
    chain = container(CHAIN, "chain", block, block.model_copy(update={"id": 2}))
    folder = container(FOLDER, "folder", block.model_copy(update={"id": 3}), chain)
    found = verdict.of_container(host, packages, folder, facts(), {1: (), 2: (BRIGHT,), 3: ()})
    assert [one.path for one in found] == ["members[1].members[1]"]
    assert host.asked == ["demo 1.01 chain"]


def test_at_home_a_file_is_of_one_instrument(block, packages, host):
    other = block.model_copy(update={"instrument": "OTHER"})
    read = ReadFile(container(FOLDER, "night", block, other))
    with pytest.raises(UserError, match="DEMO and OTHER"):
        alone.verify(read, host, packages, system_clock)


def test_at_home_a_container_is_observable_if_all_in_it_is(block, packages, host):
    good = alone.verify(ReadFile(container(FOLDER, "night", block)), host, packages, system_clock)
    assert good.observable
    night = container(FOLDER, "night", block, spoilt(block))
    bad = alone.verify(ReadFile(night), host, packages, system_clock)
    assert not bad.observable
    assert {one.path.split(".")[0] for one in bad.findings} == {"members[1]"}
