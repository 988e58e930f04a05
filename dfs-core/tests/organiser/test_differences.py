"""A document of headers gives back exactly what was put in."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from dfs.organiser.differences import Refusal, decode, encode

KEYWORDS = st.sampled_from(["INSTRUME", "DPR.CATG", "MJD-OBS", "DET.WIN1.BINX", "INS.MODE"])
VALUES = (
    st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(string.printable, max_size=8)
)
RESULTS = st.dictionaries(KEYWORDS, VALUES) | st.builds(
    Refusal, st.just("fits.not-fits"), st.text(max_size=5)
)
STATES = st.tuples(*[st.integers(0, 2**63)] * 3)
ENTRIES = st.dictionaries(st.text("ab/é", min_size=1), st.tuples(STATES, RESULTS), max_size=8)


def exact(result: object) -> object:
    """Tell 1, 1.0 and True apart."""
    if isinstance(result, dict):
        return {key: (type(value), repr(value)) for key, value in result.items()}
    return result


@given(ENTRIES)
def test_headers_come_back_with_their_types(entries: dict) -> None:
    document = encode((name, state, result) for name, (state, result) in entries.items())
    back = {name: (state, exact(result)) for name, state, result in decode(document)}
    assert back == {name: (state, exact(result)) for name, (state, result) in entries.items()}


def test_frames_that_share_their_keywords_cost_little_more_than_what_differs() -> None:
    header = {f"DET.SENSOR{n}.VALUE": f"value {n}" for n in range(100)}
    one = encode([("a", (1, 2, 3), header)])
    many = encode([(f"f{n}", (1, 2, n), header | {"MJD-OBS": 6e4 + n}) for n in range(100)])
    assert len(many) < 5 * len(one)
