"""The rules of Phase 2 that need nothing but values."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.plugin import AbsoluteInterval, Membership, SiderealInterval, Target
from dfs.preparation.logic import attachments, containers, fields, intervals, lifecycle
from dfs.preparation.logic.neighbours import Neighbours
from dfs.preparation.model import STATUSES, TRANSITIONS, Action, Item, ItemKind
from dfs.preparation.verification import ProgrammeTarget
from dfs.preparation.verification.blocks import SAME_PLACE_DEG, separation_deg
from dfs.programmes.model import Mode

EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

# ── Fields ──────────────────────────────────────────────────────────────────


@given(st.floats(0, 23.99999), st.integers(0, 6))
def test_a_right_ascension_is_read_as_it_is_written(hours, decimals):
    seconds = round(hours * 3600, decimals)
    if seconds >= 86400:
        return
    whole, rest = divmod(seconds, 60)
    text = f"{int(whole // 60)}:{int(whole % 60):02d}:{rest:.{decimals}f}"
    read = fields.read_ra(text)
    assert Target(ra=read).ra_deg == pytest.approx(seconds / 240, abs=1e-7)
    assert fields.read_ra(read) == read
    assert read[2] == read[5] == ":"


@given(st.text(max_size=14))
def test_whatever_is_typed_as_a_coordinate_is_read_or_refused(text):
    for read in (fields.read_ra, fields.read_dec):
        try:
            assert read(read(text)) == read(text)
        except UserError as error:
            assert error.code.name == "preparation.value"


def test_the_poles_are_the_end_of_the_sky():
    assert fields.read_dec("-90:00:00") == "-90:00:00.000"
    assert fields.read_dec("-0:30:00.5") == "-00:30:00.500"
    assert fields.read_dec("12 30 00") == "+12:30:00.000"
    for wrong in ("90:00:00.001", "91:00:00", "-90:01:00", "10:60:00", "10:00:60", "x", ""):
        with pytest.raises(UserError):
            fields.read_dec(wrong)


@given(st.one_of(st.none(), st.booleans(), st.floats(), st.text(), st.lists(st.integers())))
def test_a_priority_is_an_integer_from_1_to_10(value):
    try:
        assert 1 <= fields.read_priority(value) <= 10
    except UserError:
        assert not (isinstance(value, int | float) and value in range(1, 11)) or value is True


# ── Intervals ───────────────────────────────────────────────────────────────

_minutes = st.integers(0, 24).map(lambda hour: hour * 60.0)


@given(st.lists(st.tuples(_minutes, _minutes), max_size=4))
def test_settled_sidereal_intervals_share_no_time_and_lose_none(pairs):
    given_intervals = [SiderealInterval(start_min=a, end_min=b) for a, b in pairs]
    try:
        settled = intervals.settle_sidereal(given_intervals)
    except UserError as error:
        assert error.code.name == "preparation.intervals"
        return
    assert intervals.settle_sidereal(settled) == settled
    assert sorted(_hours(settled)) == sorted(_hours(given_intervals))
    assert len(set(_hours(settled))) == len(_hours(settled))


def _hours(found):
    hours = []
    for one in found:
        start, end = int(one.start_min // 60), int(one.end_min // 60)
        hours += [hour % 24 for hour in range(start, end if end > start else end + 24)]
    return hours


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=5))
def test_settled_absolute_intervals_are_in_order_and_share_no_time(pairs):
    def at(hour):
        return EPOCH + dt.timedelta(hours=hour)

    wanted = [AbsoluteInterval(start=at(a), end=at(b)) for a, b in pairs]
    try:
        settled = intervals.settle_absolute(wanted)
    except UserError:
        hours = [hour for a, b in pairs for hour in range(a, b)]
        assert len(set(hours)) < len(hours) or any(a >= b for a, b in pairs)
        return
    assert all(one.end <= other.start for one, other in pairwise(settled))


# ── Containers ──────────────────────────────────────────────────────────────


@given(st.lists(st.floats(0, 1e6)))
def test_shares_are_parts_of_a_whole_whatever_the_contributions_sum_to(contributions):
    found = containers.shares(contributions)
    assert len(found) == len(contributions)
    assert all(0 <= one <= 1 for one in found)
    assert not found or sum(found) == pytest.approx(1)


def test_the_contributions_of_2011_are_shown_as_they_were():
    assert containers.shares([20, 12, 11, 40, 10])[0] == pytest.approx(20 / 93)


_delays = st.one_of(st.none(), st.timedeltas(dt.timedelta(0), dt.timedelta(days=9)))
_memberships = st.builds(
    Membership,
    contribution=st.floats(0, 100),
    earliest_after_previous=_delays,
    latest_after_previous=_delays,
)


@given(st.sampled_from(ItemKind), st.lists(_memberships, max_size=5))
def test_a_container_says_only_what_it_can(kind, memberships):
    settled = containers.settle_memberships(kind, memberships)
    assert containers.settle_memberships(kind, settled) == settled
    for index, one in enumerate(settled):
        follows = kind is ItemKind.TIME_LINK and index > 0
        assert (one.earliest_after_previous is not None) is follows
        assert one.contribution == 0 or kind is ItemKind.GROUP


def _item(id_, parent, kind="OB", position=1, execution=10.0):
    return Item(
        id=id_, run_id=1, parent_id=parent, position=position, kind=ItemKind(kind), name=str(id_),
        status="P", user_priority=1, version=1, items_version=1, membership=Membership(),
        membership_version=1, exposure_s=1.0, execution_s=execution, group_score=0.0,
        created_at=EPOCH, modified_at=EPOCH, target_name="", target_ra="", target_dec="",
        package_version="", template_count=0, interval_count=0, chart_count=0, item_count=0,
        verified=False,
    )  # fmt: skip


def test_a_tree_is_told_depth_first_with_what_is_inside():
    rows = [
        _item(5, 2), _item(4, 1, position=1), _item(1, None, "Folder"),
        _item(2, 1, "Group", position=2), _item(3, 2, position=0), _item(6, 1, position=3),
    ]  # fmt: skip
    tree = list(containers.depth_first(rows))
    assert [(one.id, one.depth) for one in tree] == [
        (1, 0), (4, 1), (2, 1), (3, 2), (5, 2), (6, 1),
    ]  # fmt: skip
    assert [one.id for one in containers.inside(tree, 2)] == [3, 5]
    assert containers.inside(tree, 6) == []
    assert containers.totals(tree)[1] == (4.0, 40.0)
    unknown = [replace(one, execution_s=None) if one.id == 5 else one for one in tree]
    assert containers.totals(unknown)[2] == (2.0, None)
    assert containers.totals(unknown)[1] == (4.0, None)


# ── Life-cycle ──────────────────────────────────────────────────────────────


def test_every_way_leads_from_known_statuses_to_known_ones():
    for way in TRANSITIONS:
        assert set(way.before) <= STATUSES.keys()
        assert way.after in STATUSES
        assert not any(STATUSES[one].executed for one in (*way.before, way.after))


def test_what_cannot_be_done_is_said_with_the_status_and_what_would_allow_it():
    with pytest.raises(UserError, match=r"its status is \+ \(accepted.*only what is D"):
        lifecycle.transition(Action.REVISE, ItemKind.OB, "+", Mode.SERVICE)
    with pytest.raises(UserError, match="cannot submit a Group"):
        lifecycle.transition(Action.SUBMIT, ItemKind.GROUP, "D", Mode.SERVICE)
    assert lifecycle.transition(Action.REVISE, ItemKind.OB, "+", Mode.VISITOR).after == "P"


# ── Files, neighbours ───────────────────────────────────────────────────────


@given(st.binary(max_size=60))
def test_no_bytes_are_worse_than_refused(content):
    for start in (b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xc0\x00\x11\x08"):
        with pytest.raises(UserError):
            attachments.check_jpeg(start + content)


def test_a_parameter_file_is_shown_by_its_name():
    assert attachments.shown_name('PAF.NAME  "MASK 7"; # x', "m.paf") == "MASK 7"
    assert attachments.shown_name('PAF.NAME  "";', "m.paf") == "m.paf"


_places = st.tuples(st.sampled_from("ab"), st.sampled_from((0.0, 0.004, 0.2, 359.999, 90.0)),
                    st.sampled_from((-90.0, -0.004, 0.0, 0.003, 89.999)))  # fmt: skip


@given(st.lists(_places, max_size=12))
def test_no_neighbour_is_overlooked(places):
    targets = [ProgrammeTarget(i, name, ra, dec) for i, (name, ra, dec) in enumerate(places, 1)]
    neighbours = Neighbours(targets)
    for one in targets:
        found = {(n.name, n.ra_deg, n.dec_deg) for n in neighbours.of(one) if n.block != one.block}
        for other in targets:
            near = separation_deg(one.ra_deg, one.dec_deg, other.ra_deg, other.dec_deg)
            if other is not one and (near <= SAME_PLACE_DEG or other.name == one.name):
                assert (other.name, other.ra_deg, other.dec_deg) in found
