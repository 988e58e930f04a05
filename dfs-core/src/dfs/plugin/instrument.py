"""What an instrument is."""

from __future__ import annotations

from pydantic import Field

from dfs.plugin.values import Value


class Detector(Value):
    """One detector as the recipes and reports name it.

    Parameters
    ----------
    id : short name, unique in the instrument.
    title : what people call it.
    size_x_px, size_y_px : light-sensitive pixels, unbinned.
    pixel_size_um : edge of a pixel, µm.
    gain_e_per_adu : electrons per ADU in the standard read mode.
    read_noise_e : read noise, electrons.
    saturation_adu : level above which a pixel is not linear, ADU.
    """

    id: str = Field(min_length=1)
    title: str
    size_x_px: int = Field(gt=0)
    size_y_px: int = Field(gt=0)
    pixel_size_um: float = Field(gt=0)
    gain_e_per_adu: float = Field(gt=0)
    read_noise_e: float = Field(ge=0)
    saturation_adu: float = Field(default=65535.0, gt=0)


class Mode(Value):
    """One way of using the instrument, e.g. long-slit spectroscopy."""

    id: str = Field(min_length=1)
    title: str


class Instrument(Value):
    """An instrument, as its plugin declares it.

    The instrument's id is the name of the entry point and is not repeated here.

    Parameters
    ----------
    title : full name.
    instrume : the INSTRUME values that this plugin serves, at least one.
    telescope : TELESCOP value of its home; empty if it moves.
    detectors : every detector.
    modes : observing modes.
    time_keyword : keyword with the start of the exposure, MJD in days (UTC).
    identity_keyword : keyword whose value names a frame uniquely in the archive.
    setup_keywords : keywords that tell set-ups apart in tables and trends.
    extensions : EXTNAMEs whose keywords rules may use beside the primary header's;
        the primary header wins where both have one.
    """

    title: str
    instrume: tuple[str, ...] = Field(min_length=1)
    telescope: str = ""
    detectors: tuple[Detector, ...] = Field(min_length=1)
    modes: tuple[Mode, ...] = ()
    time_keyword: str = "MJD-OBS"
    identity_keyword: str = "ARCFILE"
    setup_keywords: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
