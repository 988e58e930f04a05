"""Classification by compiled rules, beside astropy reading the headers, in one run.

Usage: python benchmarks/bench_rules.py [--rules FILE] [--json]

Writes FITS files of 322 cards, times ``astropy.io.fits.getheader`` on them, then times the
compiled rules on headers made of the values for which the rules ask, after proving that they
say the same as the literal interpreter on each of these headers.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from astropy.io import fits

from dfs.organiser.rules import RuleSet, Value, compile_rules, load_rules, parse_rules
from dfs.organiser.rules import interpreter as literal
from dfs.organiser.rules.syntax import Comparison, Constant, Keyword, Match, walk

SHARED_RULES = Path(__file__).parents[2] / "shared" / "data" / "pipeline" / "oca"
CARDS = 322
FILES = 200
HEADERS = 10_000
REPEATS = 5
GOAL = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=Path, help="rule file; default: real ones, if at hand")
    parser.add_argument("--json", action="store_true", help="write JSON")
    options = parser.parse_args()
    name, rules = chosen_rules(options.rules)
    headers = list(random_headers(rules, HEADERS))
    started = time.perf_counter()
    compiled = compile_rules(rules)
    compile_s = time.perf_counter() - started
    classified = 0
    for header in headers:
        expected = literal.classify(rules, header)
        if compiled.classify(header) != expected:
            print(f"compiled and literal rules differ on {header}", file=sys.stderr)
            return 1
        classified += bool(expected)
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(Path(folder))
        reading = best_rate(fits.getheader, files)
    fresh = compile_rules(rules).classify
    first_pass = best_rate(fresh, headers, passes=1)
    classifying = best_rate(fresh, headers)
    report = {
        "rules": name,
        "classification_rules": len(rules.rules),
        "headers": len(headers),
        "headers_classified": classified,
        "equal_to_interpreter": True,
        "compile_s": round(compile_s, 4),
        "getheader_per_s": round(reading),
        "classify_first_pass_per_s": round(first_pass),
        "classify_per_s": round(classifying),
        "ratio": round(classifying / reading),
        "goal_ratio": GOAL,
    }
    if options.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key:26} {value}")
    return 0 if classifying >= GOAL * reading else 1


def chosen_rules(path: Path | None) -> tuple[str, RuleSet]:
    """Rules to time: the file given, the largest real set at hand, or made ones."""
    if path is not None:
        return path.name, load_rules(path)
    real = [load_rules(file) for file in sorted(SHARED_RULES.glob("*.oca"))]
    if real:
        largest = max(real, key=lambda rules: len(rules.rules))
        return Path(largest.rules[0].position.file).name, largest
    return "made here", made_rules()


def made_rules() -> RuleSet:
    """As many rules as a real spectrograph has, of the same kinds."""
    raw = (
        f'if DPR.CATG like "%CALIB%" and DPR.TYPE like "%TYPE{n}%" and DET.CHIPS == {chips} '
        f'then {{ DO.CATG = "RAW_{n}_{chips}"; }}'
        for n in range(50)
        for chips in (1, 2)
    )
    products = (
        f'if PRO.CATG like "%PRODUCT_{n}%" then {{ DO.CATG = "PRODUCT_{n}"; }}' for n in range(300)
    )
    return parse_rules("\n".join([*raw, *products]))


def random_headers(rules: RuleSet, count: int, seed: int = 1) -> Sequence[dict[str, Value]]:
    """Headers of raw frames and products, of values for which the rules ask and others."""
    known: dict[str, list[Value]] = {}
    for rule in rules.rules:
        for node in walk(rule.condition):
            match node:
                case Comparison(_, Keyword(name), Constant(value)):
                    known.setdefault(name, []).append(value)
                case Match(_, Keyword(name), pattern):
                    known.setdefault(name, []).append(pattern.replace("%", ""))
                case Keyword(name):
                    known.setdefault(name, [])
    generator = random.Random(seed)
    others: tuple[Value, ...] = ("ODD", 1, 2, 2.5, "1", True)
    headers = []
    for _ in range(count):
        left_out = generator.choice(("PRO.", "DPR."))
        headers.append(
            {
                name: generator.choice(values if values and generator.random() < 0.9 else others)
                for name, values in known.items()
                if not name.startswith(left_out) and generator.random() < 0.9
            }
        )
    return headers


def write_files(folder: Path) -> list[Path]:
    """FITS files without data whose headers have as many cards as a raw frame's."""
    header = fits.Header()
    for number in range(CARDS - 4):
        header[f"HIERARCH ESO DET WIN{number} VALUE"] = (number * 1.5, "one of many keywords")
    files = [folder / f"{number}.fits" for number in range(FILES)]
    for file in files:
        fits.PrimaryHDU(header=header).writeto(file)
    return files


def best_rate(work: Callable[[Any], object], items: Sequence[Any], passes: int = REPEATS) -> float:
    """Items a second, of the best of some passes."""
    best = float("inf")
    for _ in range(passes):
        started = time.perf_counter()
        for item in items:
            work(item)
        best = min(best, time.perf_counter() - started)
    return len(items) / best


if __name__ == "__main__":
    sys.exit(main())
