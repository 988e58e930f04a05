"""Each rule of the catalogue finds what it is about, and nothing in a good block."""

import datetime as dt

import pytest

from dfs.plugin import (
    AbsoluteInterval,
    BlockKind,
    ConstraintDefinition,
    Container,
    ContainerKind,
    Finding,
    InstrumentPackage,
    Member,
    Membership,
    ObservationBlock,
    ParameterType,
    Range,
    Severity,
    SiderealInterval,
    Target,
    Template,
    TemplateKind,
    TemplateParameter,
    TemplateSignature,
)
from dfs.preparation.verification import (
    RULES,
    Facts,
    ProgrammeTarget,
    blocks_observation,
    message_of,
    placed,
    verify_block,
    verify_container,
    verify_run,
)
from dfs.programmes.model import GrantedTarget, Mode, Person, RankClass, Run

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

PACKAGE = InstrumentPackage(
    instrument="demo",
    instrume="DEMO",
    version="2.0",
    templates=(
        TemplateSignature(name="DEMO_img_acq", kind=TemplateKind.ACQUISITION),
        TemplateSignature(
            name="DEMO_img_obs",
            kind=TemplateKind.SCIENCE,
            parameters=(
                TemplateParameter(
                    name="DET.UIT",
                    type=ParameterType.NUMBER,
                    ranges=(Range(minimum=0, maximum=100),),
                ),
            ),
        ),
        TemplateSignature(name="DEMO_spec_obs", kind=TemplateKind.SCIENCE),
    ),
    constraints=(
        ConstraintDefinition(
            name="airmass", default=2.0, ranges=(Range(minimum=1.0, maximum=5.0),)
        ),
        ConstraintDefinition(
            name="skyTransparency", default="Clear", choices=("Photometric", "Clear")
        ),
    ),
)
ACQUISITION = Template(name="DEMO_img_acq", kind=TemplateKind.ACQUISITION)
EXPOSE = Template(name="DEMO_img_obs", kind=TemplateKind.SCIENCE, parameters={"DET.UIT": 5.0})
SPECTRUM = Template(name="DEMO_spec_obs", kind=TemplateKind.SCIENCE)
GOOD = ObservationBlock(
    id=1,
    name="good",
    instrument="DEMO",
    package_version="2.0",
    status="D",
    target=Target(name="NGC 104", ra="00:24:05.359", dec="-72:04:53.20"),
    constraints={"airmass": 2.0, "skyTransparency": "Clear"},
    templates=(ACQUISITION, EXPOSE),
    finding_charts=("chart.jpg",),
)


def run(**changes):
    facts = {
        "id": 1,
        "code": "60.A-1(A)",
        "programme": "60.A-1",
        "title": "",
        "pi": Person("pi", "P. I.", ""),
        "instrument": "DEMO",
        "telescope": "T1",
        "period": 60,
        "scheduled_period": 60,
        "mode": Mode.SERVICE,
        "rank_class": RankClass.A,
        "allocated_s": 3600.0,
    }
    return Run(**(facts | changes))


def facts(run_=None, **changes):
    return Facts(run=run_ or run(), now=NOW, latest_version="2.0", **changes)


class Sky:
    def __init__(self, *, reach=True, up=True):
        self.reach, self.up = reach, up

    def can_point(self, ob):
        return self.reach

    def is_observable(self, ob, within, duration_s):
        self.asked = within
        return self.up


def codes(findings):
    return {finding.code for finding in findings}


def changed(**changes):
    return GOOD.model_copy(update=changes)


def target(**changes):
    return changed(target=GOOD.target.model_copy(update=changes))


def window(start, end):
    return AbsoluteInterval(start=NOW + start * DAY, end=NOW + end * DAY)


def sidereal(start_h, end_h):
    return SiderealInterval(start_min=60 * start_h, end_min=60 * end_h)


EPHEMERIS = "".join(
    f'INS.EPHEM.RECORD "2026-12-0{day}T00:00:00, 0, 1 2 3, 4 5 6"\n' for day in (1, 2, 3)
)


def test_nothing_is_found_in_a_good_block():
    assert verify_block(GOOD, PACKAGE, facts(visibility=Sky(), times_s={1: 600.0})) == []


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (changed(templates=(EXPOSE,)), "ob.acquisition"),
        (changed(templates=(EXPOSE, ACQUISITION)), "ob.acquisition"),
        (changed(templates=(ACQUISITION, ACQUISITION, EXPOSE)), "ob.acquisition"),
        (changed(templates=(ACQUISITION,)), "ob.no-template"),
        (
            changed(templates=(ACQUISITION, EXPOSE.model_copy(update={"parameters": {}}))),
            "ob.missing-value",
        ),
        (
            changed(
                templates=(
                    ACQUISITION,
                    EXPOSE.model_copy(update={"parameters": {"DET.UIT": 101.0}}),
                )
            ),
            "ob.value",
        ),
        (changed(constraints={"airmass": 9.0, "skyTransparency": "Clear"}), "ob.constraint"),
        (changed(constraints={"airmass": 2.0}), "ob.constraint"),
        (changed(package_version="1.0"), "ob.package-version"),
        (changed(target=None), "ob.target"),
        (target(name=" "), "ob.target"),
        (target(name="ω Cen"), "ob.target-name"),
        (target(proper_motion_ra_arcsec_yr=-5000.0), "ob.proper-motion"),
        (changed(kind=BlockKind.CALIBRATION), "ob.target"),
        (
            changed(kind=BlockKind.CALIBRATION, target=None, absolute_intervals=(window(1, 2),)),
            "ob.calibration-block",
        ),
        (changed(templates=(ACQUISITION, EXPOSE, SPECTRUM)), "ob.multi-mode"),
        (changed(absolute_intervals=(window(2, 1),)), "ob.intervals"),
        (changed(absolute_intervals=(window(1, 3), window(2, 4))), "ob.intervals"),
        (changed(sidereal_intervals=(sidereal(2, 4), sidereal(4, 6))), "ob.intervals"),
        (changed(sidereal_intervals=(sidereal(24, 6),)), "ob.intervals"),
        (changed(absolute_intervals=(window(-3, -2),)), "ob.windows-passed"),
        (
            target(differential_ra_arcsec_s=0.1).model_copy(update={"ephemeris": EPHEMERIS}),
            "ob.ephemeris",
        ),
        (changed(ephemeris=EPHEMERIS, absolute_intervals=(window(20, 21),)), "ob.ephemeris"),
        (changed(ephemeris="one line"), "ob.ephemeris"),
        (changed(finding_charts=()), "ob.no-chart"),
    ],
)
def test_a_rule_finds_what_it_is_about(block, code):
    assert codes(verify_block(block, PACKAGE, facts())) == {code}


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (facts(times_s={1: 3601.0}), "ob.long"),
        (facts(times_s={1: None}), "ob.time-unknown"),
        (facts(run(constraints={"airmass": 2.5})), "ob.tighter-than-granted"),
        (facts(run(targets=(GrantedTarget("elsewhere", 10.0, -72.0),))), "ob.unapproved-target"),
        (facts(targets=(ProgrammeTarget(2, "ngc104", 20.0, -72.0),)), "ob.target-elsewhere"),
        (facts(targets=(ProgrammeTarget(2, "47tuc", 6.0223, -72.0815),)), "ob.target-renamed"),
        (facts(visibility=Sky(reach=False)), "ob.out-of-reach"),
        (facts(visibility=Sky(up=False)), "ob.not-observable"),
    ],
)
def test_a_rule_knows_what_is_around_the_block(known, code):
    assert codes(verify_block(GOOD, PACKAGE, known)) == {code}


def test_the_sky_is_asked_about_the_future_part_of_the_windows_only():
    sky = Sky()
    windows = (window(-3, -2), window(-1, 1), window(2, 3))
    assert verify_block(changed(absolute_intervals=windows), PACKAGE, facts(visibility=sky)) == []
    assert sky.asked == (window(0, 1), window(2, 3))


def test_visitors_may_take_long_and_ask_for_more():
    visitor = facts(run(mode=Mode.VISITOR, constraints={"airmass": 2.5}), times_s={1: 9999.0})
    assert verify_block(GOOD, PACKAGE, visitor) == []


def test_a_waiver_turns_an_error_into_a_remark_that_names_who_gave_it():
    long = facts(times_s={1: 5000.0})
    assert blocks_observation(verify_block(GOOD, PACKAGE, long))
    waived = facts(times_s={1: 5000.0}, waivers={"ob.long": "S. Support: faint target"})
    (found,) = verify_block(GOOD, PACKAGE, waived)
    assert found.severity is Severity.INFO
    assert "S. Support" in found.message


def test_what_no_waiver_covers_cannot_be_waived():
    waivers = {"ob.target": "S. Support: please"}
    found = verify_block(changed(target=None), PACKAGE, facts(waivers=waivers))
    assert blocks_observation(found)


def container(kind, *members):
    return Container(
        kind=kind,
        name="together",
        members=tuple(Member(item=item, membership=said) for item, said in members),
    )


def after(earliest, latest):
    return Membership(earliest_after_previous=earliest * DAY, latest_after_previous=latest * DAY)


PLAIN = Membership()
LINK, CHAIN, GROUP = (
    ContainerKind.TIME_LINK,
    ContainerKind.CONCATENATION,
    ContainerKind.GROUP,
)


@pytest.mark.parametrize(
    ("found", "known", "code"),
    [
        (container(GROUP), facts(), "container.empty"),
        (container(GROUP, (GOOD, PLAIN)), facts(), "container.contributions"),
        (container(LINK, (GOOD, after(1, 2))), facts(), "container.windows"),
        (container(LINK, (GOOD, PLAIN), (GOOD, PLAIN)), facts(), "container.windows"),
        (container(LINK, (GOOD, PLAIN), (GOOD, after(3, 2))), facts(), "container.windows"),
        (
            container(
                LINK, (GOOD, PLAIN), (changed(absolute_intervals=(window(1, 2),)), after(1, 2))
            ),
            facts(),
            "container.windows",
        ),
        (
            container(CHAIN, (GOOD, PLAIN), (changed(id=2), PLAIN)),
            facts(times_s={1: 2000.0, 2: 2000.0}),
            "container.long",
        ),
        (
            container(CHAIN, (changed(status="P"), PLAIN)),
            facts(submitting=True),
            "container.member-status",
        ),
    ],
)
def test_a_rule_finds_what_is_wrong_with_a_container(found, known, code):
    assert codes(verify_container(found, known)) == {code}


FOLDER = ContainerKind.FOLDER


@pytest.mark.parametrize(
    ("outer", "inner", "mode"),
    [
        (CHAIN, CHAIN, Mode.SERVICE),
        (GROUP, LINK, Mode.SERVICE),
        (LINK, FOLDER, Mode.SERVICE),
        (FOLDER, GROUP, Mode.VISITOR),
    ],
)
def test_containers_hold_only_what_they_may(outer, inner, mode):
    inside = container(inner, (GOOD, Membership(contribution=inner is GROUP)))
    found = verify_container(
        container(outer, (inside, Membership(contribution=outer is GROUP))),
        facts(run(mode=mode)),
    )
    assert codes(found) == {"container.nesting"}
    assert found[0].path == "members[0]"


def test_a_time_link_of_the_2011_screen_is_in_order():
    windows = [PLAIN, after(1, 3), after(1, 6), after(5, 7), after(3, 7)]
    link = container(LINK, *((GOOD, said) for said in windows))
    assert verify_container(link, facts()) == []


def test_a_finding_of_a_member_says_which():
    (found,) = verify_block(changed(target=None), PACKAGE, facts())
    assert placed(placed(found, 1), 2).path == "members[2].members[1].target.name"


def test_a_run_keeps_to_its_time_and_tells_the_observers_what_to_do():
    found = verify_run(facts(times_s={1: 3000.0, 2: 700.0}, readme_missing=("Targets",)))
    assert codes(found) == {"run.over-allocation", "run.readme"}
    too = verify_run(facts(run(is_too=True), times_s={1: 9999.0}, mounted=False))
    assert codes(too) == {"run.not-mounted"}


def test_the_client_reads_a_finding_as_one_line():
    finding = Finding(code="ob.x", severity=Severity.WAIVABLE, path="target.ra", message="Bad.")
    assert message_of(finding) == "WAIVERABLE ERROR: Bad. [target.ra]"


def test_the_catalogue_names_each_code_once():
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert {rule.number for rule in RULES} >= {*range(1, 18), 20, 21, 22}
