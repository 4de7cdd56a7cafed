#!/usr/bin/env bash
# Installs the wheel, then the sdist, into a new environment each, and runs the demonstration there.
# Usage: install.sh PYTHON DIST
set -euo pipefail
python=$1 dist=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The locked versions, without hashes: they constrain, and the package itself has none.
sed -e 's/ *\\$//' -e '/^ *--hash/d' "$here/requirements.lock" > "$work/constraints.txt"

for file in "$dist"/*.whl "$dist"/*.tar.gz; do
    name=$(basename "$file")
    rm -rf "$work/env" && "$python" -m venv "$work/env"
    began=$(date +%s)
    PIP_CONSTRAINT= "$work/env/bin/pip" install --quiet --disable-pip-version-check \
        --constraint "$work/constraints.txt" "$file"
    installed=$(date +%s)
    cd "$work"
    env -u PYTHONPATH "$work/env/bin/tipoff" --version
    env -u PYTHONPATH "$work/env/bin/tipoff" demo --out "$work/demo-$name" --json > "$work/demo.json"
    env -u PYTHONPATH "$work/env/bin/python" -m tipoff doctor --lake "$work/demo-$name/lake" --json > "$work/doctor.json"
    "$work/env/bin/python" - "$work/demo.json" "$work/doctor.json" "$name" <<'PYTHON'
import json
import sys

demo, doctor = (json.load(open(path)) for path in sys.argv[1:3])
verdicts = {row["verdict"] for row in demo["runs"] if row["plant"]}
assert verdicts == {"leak suspected"}, verdicts
assert doctor["wrong"] == [], doctor["wrong"]
print(f"{sys.argv[3]}: {len(demo['runs'])} runs in {demo['seconds']['total']} s")
PYTHON
    echo "$name: installed in $((installed - began)) s, checked in $(($(date +%s) - installed)) s"
done
