#!/usr/bin/env bash
# Looks for known faults in the locked libraries, with pip-audit in an environment of its own.
# Exit codes: 0 none known, 1 not audited, 3 some found.
# Usage: audit.sh PYTHON LOCK [PIP-AUDIT]
set -uo pipefail
python=$1 lock=$2 tool=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

not_audited() {
    echo "Expected to ask for the known faults of $lock, but $1. Nothing was audited." >&2
    exit 1
}

[ -s "$lock" ] || not_audited "there is no such file"
if [ -z "$tool" ]; then
    "$python" -m venv "$work/env" || not_audited "no environment could be made"
    "$work/env/bin/pip" install --quiet --disable-pip-version-check pip-audit 2>"$work/pip.txt" ||
        not_audited "pip-audit could not be installed"
    tool=$work/env/bin/pip-audit
fi
"$tool" --requirement "$lock" --require-hashes --disable-pip --progress-spinner off \
    --format json --output "$work/report.json" 2>"$work/said.txt"
code=$?
# pip-audit says that all is well also where it could look at nothing: its report must be about each
# library that the lock has for this system.
beside=$(dirname "$tool")/python
[ -x "$beside" ] && python=$beside
"$python" - "$work/report.json" "$lock" <<'PYTHON'
import json
import re
import sys
from pathlib import Path

from packaging.requirements import Requirement

path, lock = sys.argv[1:]
lines = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^\\\n]*", Path(lock).read_text(), re.MULTILINE)
needed = [need for need in map(Requirement, lines) if not need.marker or need.marker.evaluate()]
wanted = len(needed)
try:
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["dependencies"]
except (OSError, ValueError, KeyError, TypeError):
    sys.exit(1)
skipped = [row["name"] for row in rows if "vulns" not in row]
found = [(row["name"], row["version"], fault) for row in rows for fault in row.get("vulns", ())]
for name, version, fault in found:
    fixed = ", ".join(fault.get("fix_versions", ())) or "no version yet"
    print(f"{name} {version}: {fault['id']}, mended in {fixed}")
if found:
    sys.exit(3)
if skipped or len(rows) < wanted:
    print(f"{len(rows) - len(skipped)} of {wanted} libraries were looked at.", file=sys.stderr)
    sys.exit(1)
print(f"No known faults in {len(rows)} libraries.")
PYTHON
verdict=$?
[ $verdict -eq 3 ] && exit 3
if [ $verdict -ne 0 ] || [ $code -ne 0 ]; then
    tail -n 1 "$work/said.txt" | cut -c1-300 >&2
    not_audited "the advisories could not be had for all of it"
fi
