"""The index of what is published: every file with its hash, models, halts and refusals."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.store.fingerprint import digest
from tipoff.tables.models import CHAMPION
from tipoff.workflows import published_schema as schema
from tipoff.workflows.published_documents import Made
from tipoff.workflows.published_files import REFUSED, Outcome, document_at
from tipoff.workflows.published_halts import entries

FOLDER = "v1"
INDEX = f"{FOLDER}/index.json"
# Files of other names are not ours, whoever laid them there.
_PATTERNS = (
    "*.json",
    "dates/*.json",
    "shadow/*.json",
    "players/*.json",
    "schema/*.json",
    "*.csv",
    "*.parquet",
)


def models(rows: pl.DataFrame, events: pl.DataFrame, names: pl.DataFrame) -> list[dict[str, Any]]:
    """Return every model with its stage: of the registry, else as it last predicted.

    Args:
        rows: rows of ``predictions``.
        events: rows of ``model_events``.
        names: rows of ``models``.
    """
    newest = events.sort("number").unique("model_id", keep="last")
    registered = newest.join(
        names.select("model_id", "name").unique("model_id"), on="model_id", how="left"
    ).select("model_id", "name", "market", stage="to_stage", is_forced="is_forced")
    predicted = (
        rows.sort("slate", "game_id", "player_id")
        .group_by("model_id", maintain_order=True)
        .agg(
            pl.col("model_name", "market", "stage").last(),
            pl.col("is_forced").any(),
        )
        .rename({"model_name": "name"})
    )
    forced = predicted.filter("is_forced")["model_id"].to_list()
    both = pl.concat([registered, predicted.join(registered, on="model_id", how="anti")])
    return (
        both.with_columns(is_forced=pl.col("is_forced") | pl.col("model_id").is_in(forced))
        .sort("market", "stage", "model_id")
        .to_dicts()
    )


def index(
    root: Path,
    on: date,
    entries_of_models: Sequence[Mapping[str, Any]],
    halts: pl.DataFrame,
    outcomes: Sequence[Outcome],
    made: Made,
) -> schema.Index:
    """Return the index of the files that are there now.

    Args:
        root: the folder that is published to.
        on: the game date that was published.
        entries_of_models: what ``models`` gave.
        halts: that are on.
        outcomes: of the files of this run.
        made: of the document.
    """
    known = {entry["path"]: entry for entry in _entries(root)}
    files = [_entry(root, path, known) for path in present(root)]
    content = [f"{entry.path}={entry.sha256}" for entry in files]
    champions = [m for m in entries_of_models if m["stage"] == CHAMPION]
    return schema.Index.model_validate(
        {
            **made.head(digest(content)),
            "kind": "index",
            "date": on,
            "is_forced": any(model["is_forced"] for model in champions),
            "halts": entries(halts),
            "models": entries_of_models,
            "refused": [
                {"path": _own(one.path), "reason": one.reason}
                for one in outcomes
                if one.state == REFUSED
            ],
            "files": files,
        }
    )


def present(root: Path) -> list[Path]:
    """Return the published files that are there, but for the index, in order of their paths."""
    folder = root / FOLDER
    found = {path for pattern in _PATTERNS for path in folder.glob(pattern)}
    return sorted(path for path in found if not path.name.startswith(".") and path != root / INDEX)


def unchanged_fingerprints(root: Path) -> dict[str, str]:
    """Return the fingerprints of the documents that are there as the index last saw them.

    Returns:
        By path from ``root``; files that are gone or are not what they were are left out.
    """
    found = {}
    for entry in _entries(root):
        path = root / FOLDER / entry["path"]
        if entry["fingerprint"] and path.is_file() and _sha256(path) == entry["sha256"]:
            found[f"{FOLDER}/{entry['path']}"] = entry["fingerprint"]
    return found


def _entries(root: Path) -> list[dict[str, Any]]:
    return list((document_at(root / INDEX) or {}).get("files", []))


def _entry(root: Path, path: Path, known: Mapping[str, Mapping[str, Any]]) -> schema.FileEntry:
    own = _own(str(path.relative_to(root)))
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    before = known.get(own)
    if before is not None and before["sha256"] == sha256:
        fingerprint = before["fingerprint"]
    else:
        found = document_at(path) if path.suffix == ".json" else None
        fingerprint = (found or {}).get("fingerprint")
    return schema.FileEntry(path=own, sha256=sha256, bytes=len(data), fingerprint=fingerprint)


def _own(path: str) -> str:
    return path.removeprefix(f"{FOLDER}/")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
