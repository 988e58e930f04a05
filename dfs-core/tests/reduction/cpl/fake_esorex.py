"""An esorex for tests: it speaks like the real one, and a parameter says how it fails.

A plugin is a JSON file with the ending of a library; it holds what the recipe tells of
itself. The standard library only, so that it starts as quickly as the real one.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

VERSION = "3.13.6"
DEFAULT_FOLDERS = ""
BLOCK = 2880
PIXELS = 4


def main():
    print(f"\n     ***** ESO Recipe Execution Tool, version {VERSION}  *****\n")
    options, words = {}, []
    for argument in sys.argv[1:]:
        if argument.startswith("--"):
            name, _, value = argument[2:].partition("=")
            options[name] = value or "TRUE"
        else:
            words.append(argument)
    folders = options.get("recipe-dir") or os.environ.get("ESOREX_PLUGIN_DIR") or DEFAULT_FOLDERS
    if "params" in options:
        print(f"Caller Parameters :\n\n  recipe-dir            : {folders}\n")
        print("Libraries used: CPL = 7.2.3, CFITSIO = 4.2.0")
        return 0
    plugins = {p.stem: p for folder in folders.split(":") for p in Path(folder).rglob("*.so")}
    if words[0] not in plugins:
        return error("esorex", f"Unable to find recipe '{words[0]}'.", 13)
    try:
        recipe = json.loads(plugins[words[0]].read_text())
    except ValueError:
        return error("esorex", f"'{words[0]}' cannot be loaded", 13)
    if "create-config" in options:
        Path(options["create-config"]).write_text(json.dumps(recipe["parameters"]))
    elif "man-page" in options:
        print(recipe["manual"])
    else:
        return run(words[0], recipe, options, Path(words[1]))
    return 0


def run(name, recipe, options, sof):
    values = {p["name"]: p["value"] for p in recipe["parameters"]}
    for line in Path(options["recipe-config"]).read_text().splitlines():
        key, _, value = line.partition("=")
        if key not in values:
            return error("esorex", f"Parameter '{key}' not recognised", 250)
        values[key] = value.strip('"')
    frames = [line.split() for line in sof.read_text().splitlines()]
    for frame in frames:
        if not Path(frame[0]).is_file():
            return error("esorex", f"Could not open the input file '{frame[0]}'", 9)
    print(f"[ INFO  ] {name}: level {values['demo.bias.level']}")
    print("[WARNING] demo: the lamp is old")
    print("environment", json.dumps({k: v for k, v in os.environ.items() if "ESOREX" in k}))
    sys.stdout.flush()
    fault = values["demo.bias.fault"]
    if fault in FAULTS:
        return FAULTS[fault]()
    made = Path(options["output-dir"])
    products = PRODUCTS.get(fault, [("bias.fits", "MASTER_BIAS", "MASTER_BIAS")])
    level = float(values["demo.bias.level"])
    for filename, _, category in products:
        write(made / filename, category, frames, level, truncated=fault == "truncated")
    listed = [{"name": str(made / f), "category": listed} for f, listed, _ in products]
    Path(options["products-sof"]).write_text(json.dumps(listed).replace("/", "\\/"))
    return 0


def error(who, text, code):
    print(f"[ ERROR ] {who}: {text}")
    return code


def lacks_a_table():
    error("demo", "Dumping all 2 error(s):", 0)
    error(
        "demo", "  [1/2] 'Data not found: No such frame in frame set' (10) at demo_find:demo.c:1", 0
    )
    error(
        "demo", "  [2/2] 'Data not found: No LINE_TABLE found in SOF' (10) at demo_load:demo.c:2", 0
    )
    return error("esorex", "Execution of recipe 'demo_bias' failed, status = 10", 10)


def has_no_memory():
    print("Failed to allocate 123456 bytes", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGABRT)


FAULTS = {
    "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "abort": lambda: os.kill(os.getpid(), signal.SIGABRT),
    "memory": has_no_memory,
    "hang": lambda: time.sleep(60),
    "table": lacks_a_table,
    "words": lambda: error("demo", "No master bias found", 255),
    "types": lambda: error("demo", "[1/1] 'Type mismatch: BSCALE is int' (19) at f:f.c:1", 19),
    "input": lambda: error("demo", "the frames differ in size", 14),
    "singular": lambda: error("demo", "[1/1] 'Singular matrix' (17) at f:f.c:1", 17),
    "other": lambda: error("demo", "it did not work", 1),
    "silent": lambda: 1,
    "nothing": lambda: 0,
}

PRODUCTS = {
    "wrong": [("x.fits", "OTHER", "OTHER")],
    "more": [("bias.fits", "MASTER_BIAS", "MASTER_BIAS"), ("x.fits", "OTHER", "OTHER")],
    "lie": [("bias.fits", "MASTER_BIAS", "OTHER")],
    "several": [(f"bias{i}.fits", "MASTER_BIAS", "MASTER_BIAS") for i in (0, 1, 2)],
    "renamed": [("bias.fits", "BIAS_COMBINED", "BIAS_COMBINED")],
}


def write(path, category, frames, level, truncated):
    cards = [
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    1",
        f"NAXIS1  = {PIXELS:>20}",
        "EXTEND  =                    T",
        f"PIPEFILE= '{path.name}'",
        "BUNIT   = 'ADU     '",
        f"HIERARCH ESO PRO CATG = '{category}'",
        *used(frames),
        f"HIERARCH ESO PRO DATANCOM = {len(frames)}",
        f"HIERARCH ESO QC BIAS LEVEL = {level}",
        "HIERARCH ESO QC BIAS NOTE = 'no number'",
        "CHECKSUM= '0000000000000000'",
        "DATASUM = '16909060'",
        "END",
    ]
    header = "".join(card.ljust(80) for card in cards)
    header = header.ljust(-(-len(header) // BLOCK) * BLOCK).encode()
    data = bytes(range(1, PIXELS + 1)).ljust(BLOCK, b"\0")
    whole = header + data + chip("CHIP1", level + 1) + chip("CHIP2", level + 2)
    path.write_bytes(whole[: BLOCK + 2 if truncated else None])


def used(frames):
    """Name the frames, the last one first: recipes have an order of their own."""
    for number, (path, tag) in enumerate(reversed(frames), start=1):
        yield f"HIERARCH ESO PRO REC1 RAW{number} NAME = '{Path(path).name}'"
        yield f"HIERARCH ESO PRO REC1 RAW{number} CATG = '{tag}'"


def chip(name, level):
    cards = [
        "XTENSION= 'IMAGE   '",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
        "PCOUNT  =                    0",
        "GCOUNT  =                    1",
        f"EXTNAME = '{name}'",
        f"HIERARCH ESO QC BIAS LEVEL = {level}",
        "END",
    ]
    return "".join(card.ljust(80) for card in cards).ljust(BLOCK).encode()


if __name__ == "__main__":
    sys.exit(main())
