"""Lists of targets: CSV, VOTable, or another table that astropy knows."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Final

from dfs.foundation.errors import UserError
from dfs.plugin import Target
from dfs.preparation.formats.errors import TARGETS

_NAMES: Final = ("name", "target", "object", "id", "main_id")
_RA: Final = ("ra", "ra_deg", "raj2000", "ra_icrs")
_DEC: Final = ("dec", "dec_deg", "dej2000", "de_icrs", "dec_icrs")
_MOTIONS: Final = {
    "proper_motion_ra_arcsec_yr": ("pmra", "pm_ra"),
    "proper_motion_dec_arcsec_yr": ("pmdec", "pm_dec", "pmde"),
}
_MAS: Final = 1000.0


def read_targets(path: Path) -> tuple[Target, ...]:
    """Read a list of targets.

    Columns are found by the names that catalogues give them: ``name``; ``ra`` and ``dec``
    in degrees, or sexagesimal; ``pmra`` and ``pmdec`` in milliarcsec a year.

    Raises
    ------
    UserError
        ``format.targets``: it cannot be read, or lacks a column; names the row.
    """
    table = _table(path)
    columns = {name.casefold(): name for name in table.colnames}
    names, ras, decs = (_column(columns, wanted, path) for wanted in (_NAMES, _RA, _DEC))
    motions = {
        field: columns[found]
        for field, wanted in _MOTIONS.items()
        if (found := next((one for one in wanted if one in columns), ""))
    }
    targets = []
    for number, row in enumerate(table, start=1):
        try:
            targets.append(
                Target(
                    name=str(row[names]).strip(),
                    ra=_sexagesimal(row[ras], hours=True),
                    dec=_sexagesimal(row[decs], hours=False),
                    **{field: float(row[one]) / _MAS for field, one in motions.items()},
                )
            )
        except (TypeError, ValueError) as error:
            raise UserError(TARGETS, str(error), where=f"{path}: row {number}") from error
    return tuple(targets)


def _table(path: Path) -> Any:
    from astropy.table import Table

    kind = {".csv": "ascii.csv", ".txt": "ascii", ".xml": "votable", ".vot": "votable"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Table.read(path, format=kind.get(path.suffix.lower()))
    except Exception as error:
        # astropy's readers raise whatever their format's parser raises.
        raise UserError(TARGETS, " ".join(str(error).split())[:200], where=str(path)) from error


def _column(columns: dict[str, str], wanted: tuple[str, ...], path: Path) -> str:
    for one in wanted:
        if one in columns:
            return columns[one]
    raise UserError(
        TARGETS, f"it has no column {wanted[0]} (nor {', '.join(wanted[1:])})", where=str(path)
    )


def _sexagesimal(value: Any, *, hours: bool) -> str:
    text = str(value).strip()
    if ":" in text or " " in text:
        return ":".join(text.replace(":", " ").split())
    degrees = float(text)
    if not (0 <= degrees < 360 if hours else -90 <= degrees <= 90):
        raise ValueError(f"{degrees} is no {'right ascension' if hours else 'declination'}")
    milliseconds = round(abs(degrees) / (15 if hours else 1) * 3_600_000)
    seconds, milli = divmod(milliseconds, 1000)
    sign = "" if hours else "-" if degrees < 0 else "+"
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milli:03d}"
