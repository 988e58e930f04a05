"""The parts of a script that are the same for every product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BEGINNING: Final = r"""#!/bin/sh
# Makes {product} again.
#
#   product   {id}
#   sha256    {sha256}
#   made      {made} on {machine}
#   with      {environment}
#
# RAW=DIR ./reduce.sh     takes the inputs from DIR, where they lie under their names
# ANYWAY=1 ./reduce.sh    goes on with other versions of the software
set -eu
[ -z "${{RAW:-}}" ] || RAW=$(cd "$RAW" && pwd)
cd "$(dirname "$0")"

say() {{ printf '%s\n' "$*" >&2; }}
stop() {{ say "reduce.sh: $*"; exit 1; }}

# installed NAME WANTED FOUND: insists on a version
installed() {{
    [ "$2" = "$3" ] && return
    say "reduce.sh: it was made with $1 $2; here is ${{3:-none}}"
    [ -n "${{ANYWAY:-}}" ] || stop "ANYWAY=1 goes on all the same"
}}

# pipeline NAME: tells the highest version of a CPL pipeline that esorex sees
pipeline() {{
    esorex --log-level=off --params 2>/dev/null | sed -n 's/^ *recipe-dir *: *//p' | tr ':' '\n' |
        while read -r folder; do ls "$folder" 2>/dev/null || true; done |
        sed -n "s/^$1-\([0-9]\)/\1/p" | sort -V | tail -n 1
}}

# frame NAME PATH: lets a file be seen under a plain name
frame() {{
    if [ -n "${{RAW:-}}" ]; then ln -sf "$RAW/${{2##*/}}" "$1"; else ln -sf "$2" "$1"; fi
}}

# unchanged FILE: holds files to their checksums
unchanged() {{
    if command -v sha256sum > /dev/null; then sha256sum -c --quiet "$1" >&2
    else shasum -a 256 -c "$1" >&2; fi
}}

# named CATEGORY NUMBER NAME: gives a product of the step the name that later steps know
named() {{
    path=$(awk -F '\t' -v category="$1" -v number="$2" \
        '$1 == category && ++count == number {{ print $2; exit }}' products.txt)
    [ -n "$path" ] || stop "the recipe made no $1"
    [ "${{path#./}}" = "$3" ] || mv -f "$path" "$3"
}}

# ── The software that made it ─────────────────────────────────────────────────
"""

CORE_VERSION: Final = "dfs --version | sed -n 's/^dfs-core //p'"
PLUGIN_VERSION: Final = (
    "dfs plugin list | awk -F '\\t' -v name={name}"
    " 'split($3, found, \" \") && found[1] == name {{ print found[2]; exit }}'"
)
_ESOREX: Final = (
    "esorex --version 2>/dev/null | sed -n 's/.*{before}\\([0-9][0-9A-Za-z.]*\\).*/\\1/p'"
)
CPL_VERSIONS: Final[Mapping[str, str]] = {
    "esorex": _ESOREX.format(before="Recipe Execution Tool, version "),
    "cpl": _ESOREX.format(before="CPL = "),
}
"""Commands that tell which version is installed."""
