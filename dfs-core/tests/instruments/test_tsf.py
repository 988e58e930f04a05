"""Template signature files, as the observatory writes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfs.instruments.logic import allowed, coerce
from dfs.instruments.logic.values import ELEMENTS
from dfs.instruments.tsf import TsfError, format_tsf, parse_tsf
from dfs.plugin import ParameterType, Range, TemplateKind, TemplateParameter, TemplateSignature

REAL = """\
PAF.HDR.START;                      # Start of PAF Header
PAF.TYPE        "Template Signature"; # Type of PAF
PAF.NAME        "DEMO_img_acq";
PAF.DESC        "Preset \\"and\\" guide";
PAF.HDR.END;                        # End of PAF Header

TPL.INSTRUM     "DEMO"
TPL.TYPE        "acquisition"

TPL.PARAM       "TEL.ROT.OFFANGLE"
TEL.ROT.OFFANGLE.TYPE       "number"
TEL.ROT.OFFANGLE.RANGE      "9999 0..359.99"
TEL.ROT.OFFANGLE.DEFAULT    "9999"
TEL.ROT.OFFANGLE.LABEL      "Position angle; on the sky"
TEL.ROT.OFFANGLE.MINIHELP   "9999 is # the parallactic angle"

# A comment of its own
TPL.PARAM       "DET.WIN1.UIT1",
DET.WIN1.UIT1.TYPE          "number",
DET.WIN1.UIT1.RANGE         "0.1..",
DET.WIN1.UIT1.TARGIND       "F",

TPL.PARAM       "INS.FILT1.NAME";
INS.FILT1.NAME.TYPE         keyword;
INS.FILT1.NAME.RANGE        "QUERY_INST INS.FILT1";
INS.FILT1.NAME.DEFAULT      "R";

TPL.PARAM       "INS.MODE";
INS.MODE.TYPE               "keyword";
INS.MODE.RANGE              "IMG SPEC {IFU 2}";
INS.MODE.VALUE              "img";
INS.MODE.HIDE               "T";

TPL.PARAM       "DET.WIN1.RECT";
DET.WIN1.RECT.TYPE          "intrect";
DET.WIN1.RECT.DEFAULT       "1 1 256 256";

TPL.PARAM       "SEQ.ZERO";
SEQ.ZERO.TYPE               "boolean";
SEQ.ZERO.RANGE              "T F";
SEQ.ZERO.DEFAULT            "T";
"""


def test_a_signature_is_read_with_unions_defaults_and_constants():
    read = parse_tsf(REAL)
    angle, exposure, filter_, mode, rectangle, zero = read.parameters

    assert (read.name, read.kind) == ("DEMO_img_acq", TemplateKind.ACQUISITION)
    assert read.title == 'Preset "and" guide'
    assert allowed(angle) == "9999 or 0..359.99"
    assert (angle.default, angle.label) == (9999.0, "Position angle; on the sky")
    assert angle.help == "9999 is # the parallactic angle"
    assert (exposure.default, exposure.ranges) == (None, (Range(minimum=0.1),))
    assert (filter_.default, filter_.choices) == ("R", ())
    assert (mode.default, mode.fixed, mode.hidden) == ("IMG", True, True)
    assert mode.choices == ("IMG", "SPEC", "IFU 2")
    assert rectangle.default == (1, 1, 256, 256)
    assert zero.default is True


def test_what_a_signature_cannot_hold_is_told_and_not_dropped():
    told = {remark.line: remark.message for remark in parse_tsf(REAL).remarks}

    assert told == {
        21: "DET.WIN1.UIT1.TARGIND is not used",
        25: "INS.FILT1.NAME: its range must be asked of the instrument; all is allowed",
        35: "DET.WIN1.RECT: intrect is read as intlist",
    }


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('A.TYPE "number"', 1, "no TPL.PARAM has opened A"),
        ('TPL.PARAM "A"\n\nA.TYPE "complex"', 3, "no type 'complex'"),
        ('TPL.PARAM "A"', 1, "no type ''"),
        ('TPL.PARAM "A"\nTPL.PARAM "A"', 2, "given twice"),
        ("TPL.PARAM", 1, "is no name"),
        ('TPL.PARAM "A"\nA.TYPE "number"\nA.TYPE "string"', 3, "A.TYPE is given twice"),
        ('TPL.PARAM "A"\nA.TYPE "number"\nA.RANGE "5..1"', 3, "upside down"),
        ('TPL.PARAM "A"\nA.TYPE "number"\nA.RANGE "few"', 3, "'few' is neither"),
        ('TPL.PARAM "A"\nA.TYPE "integer"\nA.DEFAULT "1.5"', 3, "is no integer"),
        ('TPL.PARAM "A', 1, "not written as KEY"),
        ('TPL.PARAM "A" "B"', 1, "not written as KEY"),
        ("= 1", 1, "not written as KEY"),
    ],
)
def test_an_error_names_its_line(text, line, message):
    with pytest.raises(TsfError, match=f"line {line}: .*{message}") as caught:
        parse_tsf(text)

    assert caught.value.code.name == "instruments.tsf-syntax"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DEMO_img_acq_fast", TemplateKind.ACQUISITION),
        ("DEMO_img_obs", TemplateKind.SCIENCE),
        ("DEMO_img_cal_flat", TemplateKind.CALIBRATION),
        ("DEMO_img_tec", None),
    ],
)
def test_without_a_type_the_name_tells_what_a_template_is_for(name, kind):
    assert parse_tsf(f'PAF.NAME "{name}.tsf";').kind is kind


# ── Round trip ──────────────────────────────────────────────────────────────

keys = st.from_regex(r"[A-Z][A-Z0-9]{0,5}(\.[A-Z][A-Z0-9]{0,5}){0,2}", fullmatch=True).filter(
    lambda key: not key.startswith(("PAF", "TPL"))
)
lines = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)
words = st.from_regex(r"[A-Za-z0-9+#,/]{1,6}( [a-z]{1,3})?", fullmatch=True)
numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@st.composite
def parameters(draw: st.DrawFn, name: str) -> TemplateParameter:
    type_ = draw(st.sampled_from(ParameterType))
    kind = ELEMENTS.get(type_, type_)
    choices: tuple[float | str, ...] = ()
    ranges: tuple[Range, ...] = ()
    value = st.none()
    if kind in {ParameterType.NUMBER, ParameterType.INTEGER}:
        ends = st.tuples(numbers, numbers).map(sorted)
        ranges = tuple(Range(minimum=a, maximum=b) for a, b in draw(st.lists(ends, max_size=2)))
        choices = tuple(draw(st.lists(numbers, max_size=2)))
        value = st.integers(-99, 99) if kind is ParameterType.INTEGER else numbers
    elif kind is ParameterType.KEYWORD:
        choices = tuple(draw(st.lists(words, min_size=1, max_size=3, unique_by=str.casefold)))
        value = st.sampled_from(choices)
    elif kind is ParameterType.BOOLEAN:
        value = st.booleans()
    elif kind is ParameterType.COORDINATE:
        value = st.just("-12:34:56.789")
    elif kind is ParameterType.STRING:
        value = lines
    if type_ in ELEMENTS:
        value = st.lists(value, min_size=1, max_size=3)
    given_value = draw(st.none() | value)
    made = TemplateParameter(
        name=name,
        type=type_,
        label=draw(lines),
        help=draw(lines),
        unit=draw(lines),
        choices=choices,
        ranges=ranges,
        hidden=draw(st.booleans()),
    )
    default = None if given_value == "NODEFAULT" else coerce(made, given_value)
    fixed = default is not None and draw(st.booleans())
    return made.model_copy(update={"default": default, "fixed": fixed})


@st.composite
def signatures(draw: st.DrawFn) -> TemplateSignature:
    names = draw(st.lists(keys, max_size=3, unique=True))
    return TemplateSignature(
        name="DEMO_" + draw(keys),
        kind=draw(st.sampled_from(TemplateKind)),
        title=draw(lines),
        parameters=tuple(draw(parameters(name)) for name in names),
    )


@settings(deadline=None)
@given(signatures())
def test_what_is_written_is_read_back(signature):
    read = parse_tsf(format_tsf(signature))

    assert (read.name, read.kind, read.title) == (signature.name, signature.kind, signature.title)
    assert read.parameters == signature.parameters
    assert read.remarks == ()


@given(st.text())
def test_any_text_is_read_or_refused_with_a_line(text):
    try:
        parse_tsf(text)
    except TsfError as error:
        assert 1 <= error.line <= text.count("\n") + 1
