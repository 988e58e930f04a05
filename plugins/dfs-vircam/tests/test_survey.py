"""A survey's area definition becomes blocks, or is refused with the place of the trouble."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfs.host import Host
from dfs.instruments.logic import check_parameters
from dfs.plugin import BadConfiguration, ContainerKind
from dfs_vircam.expansion import declination, expand, right_ascension
from dfs_vircam.survey import read
from dfs_vircam.verification import verify_block

PAWPRINT = """
      <PAWPRINT number="{0}" ra="83.{0}" dec="-2.{0}">
        <REFSTARS>
          <GUIDE ra="05:3{0}:01.5" dec="-02:41:00" mag="12.{0}"/>
          <AO ra="83.5" dec="-2.1" mag="11.5"/>
          <AO ra="83.6" dec="-2.2" mag="11.7"/>
        </REFSTARS>
      </PAWPRINT>"""
TWO_AREAS = f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<SURVEY backtrackStep="100.0" id="Fig_4.1" ip="VIRCAM 1.25" maxJitter="15.0" tileAngle="90">
  <SURVEY_AREA coordSys="J2000" exclude="false" height="2.2" lat="-2.0" long="83.0" number="1">
    <TILE id="1" ra="05:34:00.0" dec="-02:00:00.0">{"".join(map(PAWPRINT.format, range(1, 7)))}
    </TILE>
    <TILE id="2" ra="85.25" dec="-2.5" angle="-30.5"/>
  </SURVEY_AREA>
  <SURVEY_AREA coordSys="Galactic" exclude="true" number="2"><TILE ra="1" dec="1"/></SURVEY_AREA>
  <SURVEY_AREA coordSys="Galactic" exclude="false" number="3">
    <TILE ra="00 00 00" dec="+89 59 59.9"/>
  </SURVEY_AREA>
</SURVEY>
"""


def survey(tile: str, area: str = 'number="1"', head: str = 'id="S" maxJitter="15"') -> str:
    """One tile, which begins in line 3."""
    return f"<SURVEY {head}>\n<SURVEY_AREA {area}>\n{tile}\n</SURVEY_AREA></SURVEY>"


@pytest.fixture(scope="session")
def pattern(block):
    return block("acq", "obs_tile6")


def blocks(containers):
    return [each for container in containers for each in container.blocks()]


def test_each_area_becomes_a_folder_with_a_group_of_its_tiles(pattern, package):
    folders = expand(read(TWO_AREAS), pattern, package)
    assert [(each.kind, each.name) for each in folders] == [
        (ContainerKind.FOLDER, "Fig_4.1_1"),
        (ContainerKind.FOLDER, "Fig_4.1_3"),  # the second is excluded
    ]
    (member,) = folders[0].members
    assert (member.item.kind, member.item.name) == (ContainerKind.GROUP, "Fig_4.1_1_tiles")
    assert [each.membership.contribution for each in member.item.members] == [1, 1]
    assert [each.name for each in blocks(folders)] == ["tile_1_1", "tile_1_2", "tile_3_1"]


def test_in_visitor_mode_there_are_no_groups(pattern, package):
    visitor = pattern.model_copy(update={"service_mode": False})
    folder, _ = expand(read(TWO_AREAS), visitor, package)
    assert [each.item.name for each in folder.members] == ["tile_1_1", "tile_1_2"]


def test_a_block_points_at_the_centre_of_its_tile(pattern, package):
    first, second, third = blocks(expand(read(TWO_AREAS), pattern, package))
    assert (first.target.ra, first.target.dec) == ("05:34:00.000", "-02:00:00.000")
    assert (second.target.ra, second.target.dec) == ("05:41:00.000", "-02:30:00.000")
    assert (third.target.ra, third.target.dec) == ("00:00:00.000", "+89:59:59.900")
    assert [each.target.name for each in (first, second, third)] == [
        "Fig-4.1-1-1", "Fig-4.1-1-2", "Fig-4.1-3-1",
    ]  # fmt: skip


def test_a_block_knows_its_stars_and_limits(pattern, package):
    first, second, _ = blocks(expand(read(TWO_AREAS), pattern, package))
    told = first.templates[0].parameters
    assert told["OCS.SADT.GS.PAW"] == (1, 2, 3, 4, 5, 6)
    assert told["OCS.SADT.GS.MAG"] == (12.1, 12.2, 12.3, 12.4, 12.5, 12.6)
    assert len(told["OCS.SADT.AO.RA"]) == 12
    assert told["OCS.SADT.MAXJIT"] == 15.0
    assert (told["TEL.ROT.OFFANGLE"], told["OCS.SADT.TILE.OFFANGLE"]) == (90.0, 90.0)
    assert second.templates[0].parameters["TEL.ROT.OFFANGLE"] == -30.5
    assert first.templates[1] == pattern.templates[1]


def test_what_is_made_is_valid_and_good(pattern, package):
    for block in blocks(expand(read(TWO_AREAS), pattern, package)):
        for template in block.templates:
            assert check_parameters(package.template(template.name), template.parameters) == []
        codes = {each.code for each in verify_block(block)}
        assert codes <= {"vircam.guide-stars"}


def test_the_core_asks_the_plugin(pattern, package):
    told = Host.load().expand_survey("vircam", TWO_AREAS, pattern, package)
    assert len(blocks(told)) == 3


def test_a_template_takes_a_tile(block, package):
    with pytest.raises(BadConfiguration, match="VIRCAM_img_acq"):
        expand(read(TWO_AREAS), block("obs_tile6"), package)


def test_no_name_is_given_twice(pattern, package):
    text = (
        '<SURVEY id="S"><SURVEY_AREA number="1_2"><TILE id="3" ra="1" dec="1"/></SURVEY_AREA>\n'
        '<SURVEY_AREA number="1"><TILE id="2_3" ra="2" dec="1"/></SURVEY_AREA></SURVEY>'
    )
    with pytest.raises(BadConfiguration, match=r"line 2, TILE: .* twice"):
        expand(read(text), pattern, package)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no element found"),
        ("<SURVEY>\n<SURVEY_AREA></SURVEY>", "line 2: mismatched tag"),
        ("<AREA/>", "line 1, AREA: an area definition begins with SURVEY"),
        ('<SURVEY id="S"/>', "there is no tile"),
        (survey('<TILE dec="1"/>'), "line 3, TILE: ra is missing"),
        (survey('<TILE ra="24:00:00" dec="1"/>'), "line 3, TILE: ra is '24:00:00'"),
        (survey('<TILE ra="-1" dec="1"/>'), "line 3, TILE: ra is '-1'"),
        (survey('<TILE ra="1" dec="91:00:00"/>'), "line 3, TILE: dec is '91:00:00'"),
        (survey('<TILE ra="1" dec="12:60:00"/>'), "line 3, TILE: dec is '12:60:00'"),
        (survey('<TILE ra="nan" dec="1"/>'), "line 3, TILE: ra is 'nan'"),
        (survey('<TILE ra="1e999" dec="1"/>'), "line 3, TILE: ra is '1e999'"),
        (survey('<TILE ra="1" dec="1" id="../x"/>'), "line 3, TILE: id is '../x'"),
        (survey('<TILE ra="1" dec="1" coordSys="Galactic"/>'), "is given in J2000"),
        (survey('<TILE ra="1" dec="1" angle="400"/>'), "angle is '400'"),
        (survey('<TILE id="1" ra="1" dec="1"/>\n<TILE id="1" ra="2" dec="1"/>'), "line 4, TILE"),
        (survey("<TILE/>", head='maxJitter="wide"'), "line 1, SURVEY: maxJitter is 'wide'"),
        (survey('<TILE ra="1" dec="1">' + "<PAWPRINT/>" * 7 + "</TILE>"), "at most 6 pawprints"),
        (survey('<TILE ra="1" dec="1"><PAWPRINT number="7"/></TILE>'), "not an integer 1 to 6"),
        (
            survey('<TILE ra="1" dec="1"><PAWPRINT><REFSTARS><SUN/></REFSTARS></PAWPRINT></TILE>'),
            "line 3, SUN: a reference star is GUIDE or AO",
        ),
        (
            survey(
                '<TILE ra="1" dec="1"><PAWPRINT><REFSTARS><AO ra="1" dec="1"/></REFSTARS>'
                "</PAWPRINT></TILE>"
            ),
            "line 3, AO: mag is missing",
        ),
    ],
)
def test_a_malformed_survey_is_refused_with_its_place(text, said):
    with pytest.raises(BadConfiguration) as refused:
        read(text)
    assert said in str(refused.value)


BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE SURVEY [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + ']><SURVEY id="&i;"/>'
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "line 2: a document type"),
        ('<!DOCTYPE S SYSTEM "file:///etc/passwd"><S/>', "a document type"),
        ("<SURVEY>" * 50, "nested deeper than 12"),
        ("<SURVEY id='S'>&lol;</SURVEY>", "line 1: undefined entity"),
        ("<SURVEY\x00/>", "line 1"),
        ("<SURVEY \ud800/>", "it is no text"),
    ],
    ids=["entity bomb", "external", "deep", "undefined", "zero", "surrogate"],
)
def test_a_hostile_survey_is_refused(text, said):
    with pytest.raises(BadConfiguration) as refused:
        read(text)
    assert said in str(refused.value)


@given(st.text(max_size=200))
def test_no_text_does_anything_but_read_or_be_refused(text):
    with pytest.raises(BadConfiguration):
        read(text)


positions = st.tuples(
    st.floats(0, 360, exclude_max=True, allow_subnormal=False),
    st.floats(-90, 90, allow_subnormal=False),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(areas=st.lists(st.lists(positions, max_size=4), min_size=1, max_size=3).filter(any))
def test_there_are_as_many_blocks_as_tiles(pattern, package, areas):
    text = "".join(
        "<SURVEY_AREA>"
        + "".join(f'<TILE ra="{ra!r}" dec="{dec!r}"/>' for ra, dec in tiles)
        + "</SURVEY_AREA>"
        for tiles in areas
    )
    made = blocks(expand(read(f'<SURVEY id="S">{text}</SURVEY>'), pattern, package))
    expected = [tile for tiles in areas for tile in tiles]
    assert len(made) == len(expected)
    assert len({each.name for each in made}) == len(made)
    assert len({each.target.name for each in made}) == len(made)
    for block, (ra, dec) in zip(made, expected, strict=True):
        assert 0 <= block.target.ra_deg < 360
        assert -90 <= block.target.dec_deg <= 90
        assert abs((block.target.ra_deg - ra + 180) % 360 - 180) < 1e-5
        assert abs(block.target.dec_deg - dec) < 1e-6
        assert "vircam.tile-centre" not in {each.code for each in verify_block(block)}


def test_coordinates_are_rounded_over_the_minute_and_the_day():
    assert right_ascension(359.9999999999) == "00:00:00.000"
    assert declination(-0.99999999999) == "-01:00:00.000"
    assert declination(-1e-12) == "+00:00:00.000"
    assert declination(90.0) == "+90:00:00.000"
