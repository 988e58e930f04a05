"""OBD: what the telescope sees of an Observation Block, in the syntax of parameter files.

Keywords as the observation software knows them (VLT-ICD-ESO-17240-19200): OBS.* of the
block, SIM.ATM.* of its constraints, TPL.* of each template followed by its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dfs.plugin import ExecutionTime, ObservationBlock, TemplateValue
from dfs.preparation.formats.obx import spelt

_COLUMN: Final = 32
_CONSTRAINTS: Final = {
    "airmass": "SIM.ATM.AIRMASS",
    "seeing": "SIM.ATM.SEEING",
    "strehl": "SIM.ATM.STREHL",
    "fli": "SIM.ATM.FLI",
    "moonDistance": "SIM.ATM.MOONDIST",
    "skyTransparency": "SIM.ATM.TRANSPARENCY",
    "waterVapour": "SIM.ATM.WATERVAPOUR",
    "atm": "SIM.ATM.TURBULENCE",
}


def text_of(block: ObservationBlock, time: ExecutionTime, programme: str) -> str:
    """Write a block for the telescope.

    Parameters
    ----------
    block : the block.
    time : how long it takes.
    programme : code of its run, e.g. ``60.A-9253(N)``; empty of a file.
    """
    return "\n".join((*_header(block), *_block(block, time, programme), *_templates(block), ""))


def _header(block: ObservationBlock) -> Iterator[str]:
    yield "PAF.HDR.START;"
    yield _line("PAF.TYPE", "OB Description")
    yield _line("PAF.ID", str(block.id))
    yield _line("PAF.NAME", block.name)
    yield _line("PAF.DESC", f"{block.instrument} package {block.package_version}")
    yield "PAF.HDR.END;"


def _block(block: ObservationBlock, time: ExecutionTime, programme: str) -> Iterator[str]:
    yield _line("OBS.ID", block.id)
    yield _line("OBS.NAME", block.name)
    if programme:
        yield _line("OBS.PROG.ID", programme)
    if not time.unknown:
        yield _line("OBS.EXECTIME", round(time.total_s))
    target = block.target
    if target is not None:
        yield _line("OBS.TARG.NAME", target.name)
        yield _line("TEL.TARG.ALPHA", _packed(target.ra))
        yield _line("TEL.TARG.DELTA", _packed(target.dec))
        yield _line("TEL.TARG.EQUINOX", float(target.equinox.lstrip("J")))
        yield _line("TEL.TARG.EPOCH", target.epoch)
        yield _line("TEL.TARG.PMA", target.proper_motion_ra_arcsec_yr)
        yield _line("TEL.TARG.PMD", target.proper_motion_dec_arcsec_yr)
        yield _line("TEL.TARG.ADDVELALPHA", target.differential_ra_arcsec_s)
        yield _line("TEL.TARG.ADDVELDELTA", target.differential_dec_arcsec_s)
    for name, keyword in _CONSTRAINTS.items():
        if name in block.constraints:
            yield _line(keyword, block.constraints[name])


def _templates(block: ObservationBlock) -> Iterator[str]:
    yield _line("OBS.NTPL", len(block.templates))
    for template in block.templates:
        yield ""
        yield _line("TPL.ID", template.name)
        yield _line("TPL.NAME", template.name)
        for name, value in template.parameters.items():
            if value is not None:
                yield _line(name, value)


def _packed(coordinate: str) -> float:
    # The telescope takes HHMMSS.sss and ±DDMMSS.sss as one number.
    return float(coordinate.replace(":", ""))


def _line(key: str, value: TemplateValue) -> str:
    bare = isinstance(value, int | float) and not isinstance(value, bool)
    text = str(value) if bare else '"' + spelt(value).replace('"', "'").replace("\n", " ") + '"'
    return f"{key.ljust(_COLUMN)} {text};"
