"""Which decisions are possible, and how a product stands after them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dfs.foundation.errors import UserError
from dfs.plugin import Verdict
from dfs.quality.certification import Decision, check, standing

reasons = st.sampled_from(["", "  ", "a gradient"])


class Decisions(RuleBasedStateMachine):
    """A product on which people decide one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Decision] = []

    @rule(new=st.sampled_from(Decision), verdict=st.sampled_from(Verdict), why=reasons)
    def decide(self, new: Decision, verdict: Verdict, why: str) -> None:
        before = standing(self.made)
        try:
            check("b1.MASTER_BIAS", before, new, verdict, why)
        except UserError as error:
            if error.code.name == "qc.nothing-to-revoke":
                assert (new, before) == (Decision.REVOKED, None)
            else:
                assert error.code.name == "qc.reason-needed"
                assert not why.strip()
            return
        if not why.strip():
            assert new is Decision.CERTIFIED
            assert before is not Decision.REJECTED
            assert verdict is not Verdict.BAD
        self.made.append(new)
        assert standing(self.made) is (None if new is Decision.REVOKED else new)

    @invariant()
    def nothing_is_revoked_twice(self) -> None:
        revoked = [decision is Decision.REVOKED for decision in self.made]
        assert not any(a and b for a, b in zip([True, *revoked], revoked, strict=False))


test_decisions_follow_each_other_as_they_may = Decisions.TestCase


@given(st.lists(st.sampled_from(Decision)))
def test_the_latest_decision_counts(made: list[Decision]) -> None:
    for decision in (Decision.CERTIFIED, Decision.REJECTED):
        assert standing([*made, decision]) is decision
    assert standing([*made, Decision.REVOKED]) is standing([]) is None


@pytest.mark.parametrize(
    ("before", "new", "verdict", "said"),
    [
        (None, Decision.REJECTED, Verdict.BAD, "no rejection is understood later without one"),
        (Decision.CERTIFIED, Decision.REVOKED, Verdict.GOOD, "no revocation is understood"),
        (None, Decision.CERTIFIED, Verdict.BAD, "its verdict is bad"),
        (Decision.REJECTED, Decision.CERTIFIED, Verdict.GOOD, "it is rejected so far"),
    ],
)
def test_a_decision_that_needs_a_reason_says_why(
    before: Decision | None, new: Decision, verdict: Verdict, said: str
) -> None:
    with pytest.raises(UserError, match=said) as error:
        check("b1.MASTER_BIAS", before, new, verdict, " ")
    assert error.value.where == "b1.MASTER_BIAS"
    check("b1.MASTER_BIAS", before, new, verdict, "I looked at it")
