"""The sky over a site, beside astropy and astroplan, in one run.

Usage: python benchmarks/bench_sky.py [--json] [--nights N]

Altitudes of 1,000 targets at 600 times of a night beside ``astropy.coordinates`` (and with its
interpolator of 300 s); then where 1,000 targets are observable in 182 nights, every 10 minutes
(airmass, night, distance from the Moon), beside astroplan's constraints on the same times. Each
side of the second runs in a process of its own, whose peak memory counts. Before anything is
called met, the masks must be alike but for a step at the edges, and the altitudes within 2″.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from common import Figure, Goal, best_of, in_child, parser, report

TARGETS = 1000
TIMES = 600
FIRST = dt.date(2025, 10, 1)
STEP_S = 600.0
AIRMASS, MOON_DEG = 2.0, 30.0
SITE = (-70.4048, -24.6270, 2648.0)
RATIO, MEMORY_RATIO, LIMIT_ARCSEC = 200, 8, 2.0
OURS = ("numpy", "erfa", "dfs.sky.observability")
THEIRS = ("astroplan", "astropy.coordinates")


def main() -> int:
    arguments = parser(__doc__)
    arguments.add_argument("--nights", type=int, default=182)
    options = arguments.parse_args()
    good = altitudes(as_json=options.json)
    return 0 if period(options.nights, as_json=options.json) and good else 1


def targets() -> tuple[np.ndarray, np.ndarray]:
    """Directions evenly over the sky: right ascensions and declinations, deg."""
    generator = np.random.default_rng(1)
    ra = generator.uniform(0, 360, TARGETS)
    return ra, np.degrees(np.arcsin(generator.uniform(-1, 1, TARGETS)))


def altitudes(*, as_json: bool) -> bool:
    import astropy.units as u
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord
    from astropy.coordinates.erfa_astrom import ErfaAstromInterpolator, erfa_astrom
    from astropy.time import Time

    from dfs.sky.earth import ut1_utc_s
    from dfs.sky.model import Site, Stars
    from dfs.sky.night import night

    without_download()
    ra, dec = targets()
    site = Site(*SITE)
    middle = night(site, FIRST).midnight_mjd
    mjd = middle + (np.arange(TIMES) - TIMES // 2) / 1440

    def ours() -> np.ndarray:
        return night(site, FIRST).at(mjd).altitudes_deg(Stars.of(ra, dec))

    def sines() -> np.ndarray:
        return night(site, FIRST).at(mjd).sine_altitudes(Stars.of(ra, dec))

    def theirs() -> np.ndarray:
        times = Time(mjd, format="mjd", scale="utc")
        times.delta_ut1_utc = ut1_utc_s(mjd)
        frame = AltAz(obstime=times[None], location=EarthLocation.from_geodetic(*SITE))
        return SkyCoord(ra[:, None], dec[:, None], unit="deg").transform_to(frame).alt.deg

    def interpolated() -> np.ndarray:
        with erfa_astrom.set(ErfaAstromInterpolator(300 * u.s)):
            return theirs()

    apart = abs(ours() - theirs()) * 3600
    items = TARGETS * TIMES
    figures = [
        Figure("dfs.sky", best_of(20, ours), items),
        Figure("astropy", best_of(3, theirs), items),
        Figure("dfs.sky, sines, as limits need", best_of(20, sines), items),
        Figure("astropy, interpolator 300 s", best_of(3, interpolated), items),
    ]
    goals = [Goal("astropy", RATIO)]
    report(f"altitudes, {TARGETS} targets × {TIMES} times", "", figures, goals, as_json=as_json)
    say(
        f'ours differs by at most {apart.max():.2f}", median {np.median(apart):.2f}"',
        as_json=as_json,
    )
    return bool(figures[0].rate >= RATIO * figures[1].rate and apart.max() <= LIMIT_ARCSEC)


def period(nights: int, *, as_json: bool) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        mine, other = Path(folder) / "ours.npy", Path(folder) / "theirs.npy"
        runs = [in_child(hours, nights, imports=OURS) for _ in range(5)]
        peak_mb = max(peak for _, peak in runs)
        seconds = min(time for time, _ in runs)
        their_s, their_mb = in_child(constraints, nights, str(other), imports=THEIRS)
        in_child(masks, nights, str(mine), imports=OURS)
        alike, edges, steps = compare(np.load(mine), np.load(other))
    items = TARGETS * nights
    figures = [
        Figure("dfs.sky", seconds, items, peak_mb),
        Figure("astroplan", their_s, items, their_mb),
    ]
    goals = [Goal("astroplan", RATIO)]
    title = f"observability, {TARGETS} targets × {nights} nights, every {STEP_S / 60:g} min"
    report(title, "targets·night", figures, goals, as_json=as_json)
    say(f"memory: astroplan takes {their_mb / peak_mb:.1f} ×", as_json=as_json)
    say(
        f"masks {'alike' if alike else 'DIFFER'}: {edges} of {steps:,} steps differ, at edges",
        as_json=as_json,
    )
    fast = their_s >= RATIO * seconds
    return alike and fast and their_mb >= MEMORY_RATIO * peak_mb


def hours(nights: int) -> np.ndarray:
    """Ours, through the public function."""
    from dfs.sky.model import Limits, Site, Stars
    from dfs.sky.observability import observability

    limits = Limits(airmass=AIRMASS, moon_distance_deg=MOON_DEG)
    return observability(Site(*SITE), Stars.of(*targets()), FIRST, nights, limits, step_s=STEP_S)


def times_of(nights: int) -> np.ndarray:
    """All steps of all nights: 24 h each, counted from its midnight."""
    from dfs.sky.model import Site
    from dfs.sky.night import Nights

    span = Nights(Site(*SITE), FIRST, nights)
    return (span.midnight_mjd[:, None] + span.times(STEP_S)[None, :-1]).ravel()


def masks(nights: int, path: str) -> None:
    """Ours, each step of each target."""
    from dfs.sky.model import Limits, Site, Stars
    from dfs.sky.night import Nights

    limits = Limits(airmass=AIRMASS, moon_distance_deg=MOON_DEG)
    span, stars = Nights(Site(*SITE), FIRST, nights), Stars.of(*targets())
    each = [span.night(index) for index in range(nights)]
    found = [one.observable(one.whole(STEP_S), stars, limits)[:, :-1] for one in each]
    np.save(path, np.packbits(np.concatenate(found, axis=1), axis=1))


def constraints(nights: int, path: str) -> None:
    """Astroplan's, each step of each target, as its ``observability_table`` asks them."""
    import astropy.units as u
    from astroplan import (
        AirmassConstraint,
        AtNightConstraint,
        FixedTarget,
        MoonSeparationConstraint,
        Observer,
    )
    from astropy.coordinates import EarthLocation, SkyCoord
    from astropy.time import Time

    without_download()
    observer = Observer(EarthLocation.from_geodetic(*SITE))
    ra, dec = targets()
    stars = [FixedTarget(SkyCoord(*place, unit="deg")) for place in zip(ra, dec, strict=True)]
    times = Time(times_of(nights), format="mjd", scale="utc")
    asked: list[Any] = [
        AirmassConstraint(AIRMASS, boolean_constraint=True),
        AtNightConstraint.twilight_astronomical(),
        MoonSeparationConstraint(min=MOON_DEG * u.deg),
    ]
    held = np.logical_and.reduce(
        [one(observer, stars, times, grid_times_targets=True) for one in asked]
    )
    np.save(path, np.packbits(held, axis=1))


def compare(ours: np.ndarray, theirs: np.ndarray) -> tuple[bool, int, int]:
    """Tell whether masks differ by no more than a step where they begin and end."""
    mine, other = np.unpackbits(ours, axis=1), np.unpackbits(theirs, axis=1)
    differ = mine != other
    beside = np.zeros_like(differ)
    changes = other[:, 1:] != other[:, :-1]
    beside[:, 1:] |= changes
    beside[:, :-1] |= changes
    return not (differ & ~beside).any(), int(differ.sum()), mine.size


def without_download() -> None:
    from astropy.utils import iers

    iers.conf.auto_download = False
    iers.conf.auto_max_age = None


def say(text: str, *, as_json: bool) -> None:
    print(text, file=sys.stderr if as_json else sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
