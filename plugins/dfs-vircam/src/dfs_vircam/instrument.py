"""The instrument: sixteen detectors, four by four with gaps.

Gain (mean of four filters), read noise (in Z) and saturation are those of the repository
lsst-uk/obs_vista, camera/gain.csv, readout_noise.csv and saturation.csv; the saturation is
also that of CASU's linearity sequences. Type and pixel size: VISTA data reduction library
design, VIS-SPE-IOA-20000-0010.
"""

from __future__ import annotations

from dfs.plugin import Detector, Instrument, Mode

# One row a detector: gain e-/ADU, read noise e-, saturation ADU.
_FIGURES = (
    (3.66, 22.8, 33000), (4.25, 26.7, 32000), (3.95, 24.8, 33000), (4.16, 25.8, 32000),
    (4.24, 26.0, 24000), (4.11, 25.6, 26000), (3.84, 23.7, 35000), (4.22, 26.5, 33000),
    (4.53, 18.8, 35000), (3.97, 24.7, 35000), (4.62, 23.5, 37000), (3.95, 24.4, 34000),
    (5.67, 30.0, 33000), (4.78, 19.7, 35000), (3.99, 19.6, 34000), (4.96, 19.4, 34000),
)  # fmt: skip

INSTRUMENT = Instrument(
    title="VISTA InfraRed CAMera",
    instrume=("VIRCAM",),
    telescope="ESO-VISTA",
    detectors=tuple(
        Detector(
            id=f"DET1.CHIP{number}", title=f"Raytheon VIRGO, detector {number}",
            size_x_px=2048, size_y_px=2048, pixel_size_um=20.0,
            gain_e_per_adu=gain, read_noise_e=noise, saturation_adu=saturation,
        )
        for number, (gain, noise, saturation) in enumerate(_FIGURES, start=1)
    ),
    modes=(
        Mode(id="PAW", title="A pawprint: one pointing with gaps"),
        Mode(id="TILE", title="A tile: six pawprints that fill the gaps"),
    ),
    setup_keywords=("INS.FILT1.NAME", "DET.DIT", "DET.NDIT"),
)  # fmt: skip
