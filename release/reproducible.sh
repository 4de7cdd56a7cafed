#!/usr/bin/env bash
# Builds the newest commit in two clones that differ in place, clock and rights; compares the bytes.
# Usage: reproducible.sh PYTHON
set -euo pipefail
python=$1
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct)
export SOURCE_DATE_EPOCH

(umask 022 && git clone --quiet "$here" "$work/one")
(umask 077 && git clone --quiet "$here" "$work/of another name/two")
find "$work/of another name/two/src" -exec touch -d 2001-02-03T04:05:06Z {} +
(cd "$work/one" && "$python" -m hatchling build -d "$work/first" >/dev/null 2>&1)
(cd "$work/of another name/two" && umask 077 && TZ=Asia/Tokyo LC_ALL=C \
    "$python" -m hatchling build -d "$work/second" >/dev/null 2>&1)
(cd "$work/first" && sha256sum -- *) > "$work/first.txt"
(cd "$work/second" && sha256sum -- *) > "$work/second.txt"
cat "$work/first.txt"
if ! diff "$work/first.txt" "$work/second.txt"; then
    echo "Expected the same bytes of two builds of one commit; they differ." >&2
    exit 1
fi
echo "The same bytes, twice."
