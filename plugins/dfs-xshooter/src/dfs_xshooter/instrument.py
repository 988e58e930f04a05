"""The instrument: three arms with a detector each.

Sources: the header of a raw UVB frame of 2015 (read mode 400k/1pt/lg) for UVB; for VIS and
NIR the detector parameters of soxspipe 0.17, which reduces X-shooter frames. Sizes are
those of the window that is read out. In 2015 it stood at UT2, and later moved to another
unit telescope, so it has no one home.
"""

from __future__ import annotations

from dfs.plugin import Detector, Instrument, Mode

INSTRUMENT = Instrument(
    title="X-shooter",
    instrume=("XSHOOTER",),
    detectors=(
        Detector(id="UVB", title="e2v CCD44-82, UVB arm", size_x_px=2048, size_y_px=3000,
                 pixel_size_um=15.0, gain_e_per_adu=1.75, read_noise_e=4.5,
                 saturation_adu=65000.0),
        Detector(id="VIS", title="MIT/LL CCID-20, VIS arm", size_x_px=2048, size_y_px=4000,
                 pixel_size_um=15.0, gain_e_per_adu=1.4, read_noise_e=5.3),
        Detector(id="NIR", title="Hawaii-2RG, NIR arm", size_x_px=1056, size_y_px=2040,
                 pixel_size_um=18.0, gain_e_per_adu=2.12, read_noise_e=8.0),
    ),
    modes=(
        Mode(id="SLITSPEC", title="Spectroscopy with slits"),
        Mode(id="IFUSPEC", title="Spectroscopy with the integral field unit"),
        Mode(id="IMAGING", title="Imaging with the acquisition camera"),
    ),
    setup_keywords=(
        "SEQ.ARM", "INS.MODE", "INS.OPTI3.NAME", "INS.OPTI4.NAME", "INS.OPTI5.NAME",
        "DET.WIN1.BINX", "DET.WIN1.BINY", "DET.READ.CLOCK", "DET.DIT",
    ),
)  # fmt: skip
