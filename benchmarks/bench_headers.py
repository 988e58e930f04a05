"""Reading 27 keywords of many headers of 322 cards: ours beside astropy, ccdproc and dfits."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

from common import WANTED, Figure, Goal, best_of, header_of, parser, report

from dfs.foundation.fits.headers import read_header, read_headers
from dfs.foundation.fits.write import Hdu, write_fits

CARDS = 322
STRUCTURAL_CARDS = 4  # SIMPLE, BITPIX, NAXIS, END


def make(folder: Path, files: int) -> list[Path]:
    paths = []
    for number in range(files):
        path = folder / f"frame_{number:05}.fits"
        header = header_of(number, CARDS - STRUCTURAL_CARDS)
        write_fits(path, [Hdu(header)], checksum=False, fsync=False)
        paths.append(path)
    return paths


def with_astropy(paths: list[Path]) -> None:
    from astropy.io import fits

    for path in paths:
        header = fits.getheader(path)
        for keyword in WANTED:
            header[_astropy_name(keyword)]


def _astropy_name(keyword: str) -> str:
    return f"ESO {keyword.replace('.', ' ')}" if "." in keyword else keyword


def with_ccdproc(paths: list[Path]) -> None:
    from ccdproc import ImageFileCollection

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keywords = [_astropy_name(keyword) for keyword in WANTED]
        names = [path.name for path in paths]
        collection = ImageFileCollection(paths[0].parent, keywords=keywords, filenames=names)
        assert len(collection.summary) == len(paths)


def with_dfits(paths: list[Path]) -> None:
    # xargs, for 10 000 names are too long for one command line of a shell.
    names = "\n".join(path.name for path in paths).encode()
    command = f"xargs dfits | fitsort {' '.join(WANTED)}"
    table = subprocess.run(
        command, shell=True, check=True, cwd=paths[0].parent, input=names, stdout=subprocess.PIPE
    )
    assert table.stdout.count(b"\n") == len(paths) + 1


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--files", type=int, default=10_000)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        paths = make(Path(name), options.files)
        wanted = frozenset(WANTED)
        assert read_header(paths[0], wanted).keys() == wanted
        # The slow peers read a part of the files; their rate per file does not depend on how many.
        some, few = paths[:1000], paths[:300]
        with_astropy(paths[:20])  # imports and caches are not what is measured
        with_ccdproc(paths[:20])
        one = best_of(3, lambda: list(read_headers(paths, wanted, processes=1)))
        chosen = best_of(3, lambda: list(read_headers(paths, wanted)))
        figures = [
            Figure("ours, one process", one, len(paths)),
            Figure("ours, as many as pay", chosen, len(paths), note="starting workers included"),
            Figure(
                "ours, every keyword", best_of(2, lambda: list(map(read_header, some))), len(some)
            ),
            Figure("astropy getheader", best_of(2, lambda: with_astropy(some)), len(some)),
            Figure("ImageFileCollection", best_of(2, lambda: with_ccdproc(few)), len(few)),
        ]
        goals = [Goal("astropy getheader", 10), Goal("ImageFileCollection", 40)]
        goals.append(Goal("dfits | fitsort", 1))
        if shutil.which("dfits"):
            seconds = best_of(3, lambda: with_dfits(paths))
            figures.append(Figure("dfits | fitsort", seconds, len(paths), note="two processes"))
        title = f"{len(paths)} headers of {CARDS} cards, {len(WANTED)} keywords, warm cache"
        report(title, "files", figures, goals, as_json=options.json)


if __name__ == "__main__":
    main()
