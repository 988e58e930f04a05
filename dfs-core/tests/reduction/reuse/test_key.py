"""The key of a result and the reasons why one is stale: two views of the same."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dfs.reduction.provenance.model import ProvenanceRecord, Software, UsedFrame
from dfs.reduction.reuse.key import block_key
from dfs.reduction.reuse.model import Cause, Ingredients
from dfs.reduction.reuse.staleness import staleness

WORDS = st.sampled_from(["a", "b", "c"])
FRAMES = st.builds(
    UsedFrame,
    tag=WORDS,
    is_raw=st.booleans(),
    path=WORDS.map("/raw/{}.fits".format),
    sha256=st.just(""),
    content=WORDS,
    product=st.sampled_from(["", "block.A"]),
)
INGREDIENTS = st.builds(
    Ingredients,
    instrument=st.just("demo"),
    recipe=WORDS,
    stem=WORDS,
    runner=st.sampled_from(["native", "esorex"]),
    # 1, 1.0 and True are equal to Python, and are not to a recipe.
    parameters=st.dictionaries(WORDS, st.sampled_from([1, 1.0, True, "1", 2.5]), max_size=2),
    inputs=st.lists(FRAMES, max_size=3).map(tuple),
    software=st.dictionaries(WORDS, st.builds(Software, WORDS, WORDS), max_size=2),
)


def record(made: Ingredients) -> ProvenanceRecord:
    return ProvenanceRecord(
        key=block_key(made),
        block={"id": "block"},
        instrument=made.instrument,
        action="ACTION",
        recipe=made.recipe,
        stem=made.stem,
        runner=made.runner,
        software=made.software,
        parameters=made.parameters,
        inputs=made.inputs,
        products=(),
    )


@given(INGREDIENTS, INGREDIENTS)
def test_a_result_is_stale_exactly_if_its_key_is_another(
    now: Ingredients, then: Ingredients
) -> None:
    reasons = staleness(now, record(then))
    assert bool(reasons) == (block_key(now) != block_key(then))


@given(INGREDIENTS, st.permutations(["a", "b", "c"]))
def test_where_files_lie_does_not_count(made: Ingredients, names: list[str]) -> None:
    moved = tuple(
        replace(frame, path=f"/elsewhere/{name}")
        for frame, name in zip(made.inputs, names, strict=False)
    )
    assert block_key(replace(made, inputs=moved)) == block_key(made)
    assert staleness(replace(made, inputs=moved), record(made)) == ()


def raw(name: str, content: str) -> UsedFrame:
    return UsedFrame("BIAS", True, f"/raw/{name}", content, content)


MASTER = UsedFrame("MASTER", False, "/out/m.fits", "s", "c", "block-0.MASTER")
MADE = Ingredients(
    instrument="demo",
    recipe="demo_bias",
    stem="bias",
    runner="native",
    parameters={"kappa": 4.0},
    inputs=(raw("1.fits", "x"), raw("2.fits", "y"), MASTER),
    software={"dfs-core": Software("1.0"), "dfs-demo": Software("1.0", "abc")},
)


def said(now: Ingredients) -> list[tuple[Cause, str]]:
    return [(reason.cause, reason.detail) for reason in staleness(now, record(MADE))]


def test_the_reasons_are_named() -> None:
    assert said(replace(MADE, inputs=(raw("1.fits", "new"), *MADE.inputs[1:]))) == [
        (Cause.INPUT, "BIAS 1.fits has changed")
    ]
    assert said(replace(MADE, inputs=(*MADE.inputs, raw("3.fits", "z")))) == [
        (Cause.INPUT, "BIAS 3.fits is new")
    ]
    assert said(replace(MADE, inputs=MADE.inputs[1:])) == [
        (Cause.INPUT, "BIAS 1.fits is not taken any more")
    ]
    assert said(replace(MADE, inputs=(*MADE.inputs[1::-1], MASTER))) == [
        (Cause.INPUT, "the frames are in another order")
    ]
    assert said(replace(MADE, parameters={"kappa": 3.0})) == [(Cause.PARAMETER, "kappa: 4.0 → 3.0")]
    assert said(replace(MADE, runner="esorex")) == [(Cause.RUNNER, "runner: native → esorex")]
    newer = {"dfs-core": Software("1.1"), "dfs-demo": Software("1.0", "abd")}
    assert said(replace(MADE, software=newer)) == [
        (Cause.SOFTWARE, "dfs-core: 1.0 → 1.1"),
        (Cause.SOFTWARE, "the sources of dfs-demo 1.0 have changed"),
    ]


def test_a_product_that_is_to_come_is_an_ancestor_made_anew_and_nothing_else() -> None:
    coming = replace(MASTER, content="", sha256="")
    assert said(replace(MADE, inputs=(*MADE.inputs[:2], coming))) == [
        (Cause.ANCESTOR, "block block-0 will be made anew")
    ]
