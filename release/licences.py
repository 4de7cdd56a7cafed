"""The licences of what a user of tipoff gets, and whether ours may be shipped with them.

``python -m release.licences`` prints docs/licences.md; with a bill of materials as argument it
checks every component of that. Exit code 1: a licence is unknown, or does not go with MIT.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, files, metadata, requires
from pathlib import Path
from typing import Any

_NAME = re.compile(r"^[A-Za-z0-9._-]+")

# Libraries are imported, never copied into ours; these ask nothing more of what imports them.
FINE = (
    "MIT", "BSD", "Apache", "ISC", "PSF", "Python", "0BSD", "Unlicense", "Zlib", "CC0", "HPND",
    "MPL", "Mozilla", "LGPL", "Lesser", "Public Domain", "Artistic", "EPL", "Boost", "BSL-1.0",
)  # fmt: skip
# Neither its metadata nor a file of its package says one; its repository's LICENSE does.
READ_THERE = {"polars-hash": "MIT License"}
# Theirs would be ours as well.
STRONG = re.compile(r"(?<!L)(AGPL|GPL|Affero)|(?<!Lesser )General Public License", re.IGNORECASE)


def shipped(root: str = "tipoff") -> list[str]:
    """Return the names of all that comes with ``pip install tipoff``, here and now, sorted."""
    found: dict[str, None] = {}
    left = list(_needs(root))
    while left:
        name = left.pop()
        if name not in found:
            try:
                left += _needs(name)
            except PackageNotFoundError:
                continue  # Of another system only.
            found[name] = None
    return sorted(found)


def _needs(name: str) -> Iterator[str]:
    for text in requires(name) or []:
        match = _NAME.match(text)
        if match and "extra ==" not in text and "extra==" not in text:
            yield match[0].lower().replace("_", "-")


def licence(name: str) -> str:
    """Return what a library's metadata calls its licence; empty where it says nothing."""
    about = metadata(name)
    kinds = (line for line in about.get_all("Classifier") or [] if line.startswith("License ::"))
    named = [kind.split(" :: ")[-1] for kind in kinds]
    classified = ", ".join(kind for kind in named if kind != "OSI Approved")
    written = (about["License"] or "").strip().partition("\n")[0] if "License" in about else ""
    key = "License-Expression"
    expression = about[key] if key in about else ""  # noqa: SIM401 -- not all have a get
    return expression or classified or written or _read(name)


def _read(name: str) -> str:
    """Return the heading of the licence file that a library ships, where one is known by it."""
    for file in files(name) or []:
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            text = file.read_text(encoding="utf-8")[:400]
            for heading in ("MIT License", "BSD 3-Clause", "Apache License"):
                if heading in text:
                    return heading
    return READ_THERE.get(name, "")


def fault(stated: str) -> str | None:
    """Return why a licence does not go with ours, or None.

    Of several to choose from one that goes is enough.
    """
    if not stated:
        return "says no licence"
    choices = re.split(r"\s+OR\s+|;", stated)
    if any(_is_fine(choice) for choice in choices):
        return None
    return f"is under {stated}"


def _faults(stated: Mapping[str, str]) -> list[str]:
    return [f"{name} {why}" for name, text in stated.items() if (why := fault(text))]


def _is_fine(text: str) -> bool:
    return not STRONG.search(text) and any(word in text for word in FINE)


def page(names: Iterable[str]) -> str:
    """Return docs/licences.md: the libraries and their licences, without versions."""
    lines = [
        "# Licences",
        "",
        "tipoff is under the MIT licence (LICENSE, also in the wheel). `pip install tipoff` brings",
        "these along, each under its own. Made by `make licences`, which fails where one does not",
        "go with ours; nothing of them is copied into the package.",
        "",
        "| library | licence |",
        "|---|---|",
        *(f"| {name} | {licence(name)[:90]} |" for name in names),
    ]
    return "\n".join(lines) + "\n"


def components(path: Path) -> dict[str, str]:
    """Return the licences of a CycloneDX bill's components by name."""
    bill = json.loads(path.read_text(encoding="utf-8"))
    return {c["name"]: _of(c) for c in bill["components"]}


def _of(component: Mapping[str, Any]) -> str:
    rows = component.get("licenses", ())
    own = [row if "expression" in row else row["license"] for row in rows]
    stated = [row.get("expression") or row.get("id") or row.get("name") for row in own]
    return "; ".join(str(s).strip().splitlines()[0] for s in stated if s)


def main(arguments: list[str]) -> int:
    """Print the page, or check a bill of materials."""
    if arguments:
        found = components(Path(arguments[0]))
        ours = set(shipped())
        of_ours = {n: text for n, text in found.items() if n.lower().replace("_", "-") in ours}
        faults = _faults({n: text or licence(n) for n, text in of_ours.items()})
        said = sum(bool(text) for text in found.values())
        print(
            f"{arguments[0]}: {len(found)} components, {said} with a licence, {len(ours)} shipped."
        )
    else:
        names = shipped()
        faults = _faults({name: licence(name) for name in names})
        sys.stdout.write(page(names))
    for line in faults:
        print(f"Expected a licence that goes with MIT, but {line}.", file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
