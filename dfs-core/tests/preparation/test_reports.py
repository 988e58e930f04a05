"""What blocks take is added up, and what nobody knows stays unknown."""

import pytest

from dfs.plugin import (
    Container,
    ContainerKind,
    ExecutionTime,
    Member,
    ObservationBlock,
    Template,
    TemplateKind,
    TimePart,
)
from dfs.preparation.reports import breakdown, item_times, usage

KNOWN = ExecutionTime(
    exposure_s=300.0,
    parts=(
        TimePart(label="acquisition", seconds=240.0, template=0),
        TimePart(label="exposures", seconds=320.0, template=1),
        TimePart(label="change of filter", seconds=35.0),
    ),
)
UNKNOWN = ExecutionTime(exposure_s=10.0, unknown=("The exposure time is not filled in.",))


def block(name):
    return ObservationBlock(
        name=name,
        instrument="DEMO",
        package_version="1.0",
        templates=(
            Template(name="DEMO_img_acq", kind=TemplateKind.ACQUISITION),
            Template(name="DEMO_img_obs", kind=TemplateKind.SCIENCE),
        ),
    )


def container(kind, name, *items):
    return Container(kind=kind, name=name, members=tuple(Member(item=item) for item in items))


def test_each_part_names_its_template():
    lines = breakdown(block("one"), KNOWN)
    assert [(one.template, one.seconds) for one in lines] == [
        ("DEMO_img_acq", 240.0),
        ("DEMO_img_obs", 320.0),
        ("", 35.0),
    ]
    assert sum(one.seconds for one in lines) == KNOWN.total_s


def test_containers_take_what_their_members_take_together():
    chain = container(ContainerKind.CONCATENATION, "chain", block("one"), block("two"))
    night = container(ContainerKind.FOLDER, "night", chain, block("three"))
    lines = item_times(night, [KNOWN, KNOWN, KNOWN])
    assert [(one.depth, one.name, one.exposure_s, one.execution_s) for one in lines] == [
        (0, "night", 900.0, 3 * 595.0),
        (1, "chain", 600.0, 2 * 595.0),
        (2, "one", 300.0, 595.0),
        (2, "two", 300.0, 595.0),
        (1, "three", 300.0, 595.0),
    ]


def test_a_container_with_a_block_of_unknown_time_is_of_unknown_time():
    chain = container(ContainerKind.CONCATENATION, "chain", block("one"), block("two"))
    night = container(ContainerKind.FOLDER, "night", chain, block("three"))
    lines = item_times(night, [KNOWN, UNKNOWN, KNOWN])
    assert [one.execution_s for one in lines] == [None, None, 595.0, None, 595.0]
    assert lines[0].exposure_s == 610.0


def test_an_empty_container_takes_no_time():
    (line,) = item_times(container(ContainerKind.FOLDER, "empty"), [])
    assert line.execution_s == 0


@pytest.mark.parametrize(("allocated_s", "remaining_s"), [(3600.0, 2410.0), (600.0, -590.0)])
def test_a_run_knows_what_is_left_of_its_time(allocated_s, remaining_s):
    taken = usage([(300.0, 595.0), (10.0, None), (300.0, 595.0)], allocated_s)
    assert (taken.exposure_s, taken.execution_s, taken.unknown) == (610.0, 1190.0, 1)
    assert taken.remaining_s == remaining_s
