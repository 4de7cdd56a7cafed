"""Take files in: recognise each by content, parse, tell who is who, append, and log.

Files are parsed in stages, so that schedules and box scores with ids are known to what needs them.
A file that can not be read costs one sentence; everything else goes on.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.format import Content, Format, Reference, Stage
from tipoff.sources.mapping import load as load_mapping
from tipoff.sources.payloads import open_file
from tipoff.sources.reading import read_layout
from tipoff.sources.recognise import recognise
from tipoff.sources.refusals import witnessed
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.raw import INGESTED_FILES
from tipoff.workflows.alias_check import refuse_faults
from tipoff.workflows.disagreements import disagreements
from tipoff.workflows.identities import resolve_pending, unmatched
from tipoff.workflows.identity_gate import Gate, Load
from tipoff.workflows.identity_limits import LIMITS
from tipoff.workflows.parsed_rows import TableCounts, identified, lake_reference, store_parsed
from tipoff.workflows.versions import mark

Step = Callable[[str, int, int], None]

ALREADY = "already in the lake; use --again to read it anew"
UNKNOWN = "no layout that tipoff knows; bring it in with --map FILE"


@dataclass
class FileReport:
    """What became of one file; ``rows`` were added, ``known`` were in the lake already.

    One that names too much that nobody knows ``is_stopped``: nothing of it was stored.
    """

    path: str
    format: str | None = None
    rows: int = 0
    known: int = 0
    corrections: int = 0
    rejected: int = 0
    reason: str | None = None
    rejections: dict[str, int] | None = None
    notes: dict[str, int] | None = None
    is_stopped: bool = False


@dataclass(frozen=True)
class _Recognised:
    report: FileReport
    sha256: str
    layout: Format
    content: Content


def ingest_files(
    lake: Lake,
    paths: Sequence[Path],
    *,
    mapping: Path | None = None,
    again: bool = False,
    fetched_at: datetime | None = None,
    limits: Mapping[str, float] = LIMITS,
    now: datetime | None = None,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Take in files and folders.

    Args:
        lake: where the rows go.
        paths: files, or folders that are searched whole.
        mapping: a mapping file, whose layouts are tried before the built-in ones.
        again: read files anew that were taken in before; what is stored is not stored twice.
        fetched_at: when files that are raw answers of providers came, if that is known.
        limits: which share of names, places, ids, teams and games may be unknown
            (``identity_limits``); a file above one of them is not stored.
        now: when corrections become known; the current time by default.
        step: called with what is being done and how far it is.

    Returns:
        ``files`` (path, format, rows added, rejected, reason), ``tables`` (rows added, rejected),
        ``unmatched`` names with counts, ``disagreements`` between sources on box scores,
        ``resolved`` rows whose player became known, ``identity`` (``Gate.report``) and
        ``seconds``.

    Raises:
        InputError: a path does not exist, the mapping or the alias file is wrong, the answers are
            said to come from the future, or no file could be taken in.
    """
    began = time.perf_counter()
    moment = _now(now, fetched_at)
    refuse_faults(lake)
    mark(lake, "before ingest")
    mapped = load_mapping(mapping) if mapping else ()
    files = list(_expanded(paths))
    hashes = _known_hashes(lake, again=again)
    reports, recognised = _recognised(files, mapped, hashes, fetched_at, step)
    tables: dict[str, dict[str, int]] = defaultdict(lambda: {"rows": 0, "rejected": 0})
    gate = Gate(lake, limits)
    staged = (found for stage in Stage for found in _of_stage(lake, recognised, stage))
    for done, (known, file) in enumerate(staged):
        step(f"reading {file.content.path.name}", done, len(recognised))
        _take_in(lake, file, known, gate, tables, moment)
    step("telling who is who", len(recognised), len(recognised))
    changed = resolve_pending(lake, lake_reference(lake).players) if recognised else 0
    _refuse_nothing(reports)
    mark(lake, "ingest")
    return {
        "files": [asdict(report) for report in reports],
        "tables": dict(tables),
        "unmatched": unmatched(lake),
        "disagreements": disagreements(lake),
        "resolved": changed,
        "identity": gate.report(),
        "seconds": round(time.perf_counter() - began, 2),
    }


def _now(now: datetime | None, fetched_at: datetime | None) -> datetime:
    """Return the moment of the command; no answer came after it."""
    moment = now or datetime.now(UTC)
    if fetched_at is not None and fetched_at > moment:
        raise InputError(f"Expected answers that came before now, got {fetched_at.isoformat()}.")
    return moment


def _expanded(paths: Sequence[Path]) -> Iterator[Path]:
    """Give the files of all paths once each, in order of their names within a folder."""
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise InputError(f"Expected a file or folder at {path}, found none; nothing was read.")
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in inside:
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if not hidden and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _known_hashes(lake: Lake, *, again: bool) -> set[str]:
    if again:
        return set()
    return set(scan(lake, INGESTED_FILES).select("sha256").unique().collect()["sha256"])


def _recognised(
    files: Sequence[Path],
    mapped: Sequence[Format],
    known: set[str],
    fetched_at: datetime | None,
    step: Step,
) -> tuple[list[FileReport], list[_Recognised]]:
    """Say of each file what it is; files that hold nothing new are only reported."""
    reports: list[FileReport] = []
    recognised: list[_Recognised] = []
    first: dict[str, Path] = {}
    for number, path in enumerate(files):
        step(f"recognising {path.name}", number, len(files))
        report = FileReport(str(path))
        reports.append(report)
        try:
            digest = _sha256(path)
            if digest in known:
                report.reason = ALREADY
                continue
            if digest in first:
                report.reason = f"the same content as {first[digest]}"
                continue
            first[digest] = path
            content, layout = open_file(path, fetched_at)
            layout = layout or next((m for m in mapped if m.recognises(content)), None)
            layout = layout or recognise(content)
        except InputError as error:
            report.reason = str(error)
            continue
        if layout is None:
            report.reason = UNKNOWN
            continue
        report.format = layout.name
        recognised.append(_Recognised(report, digest, layout, content))
    return reports, recognised


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"Expected to read {path}, but {error.strerror}.") from None


def _of_stage(
    lake: Lake, recognised: Sequence[_Recognised], stage: Stage
) -> Iterator[tuple[Reference, _Recognised]]:
    """Give the stage's files, with what the stages before it have made known."""
    files = [file for file in recognised if file.layout.stage is stage]
    if files:
        known = lake_reference(lake)
        yield from ((known, file) for file in files)


def _take_in(
    lake: Lake,
    file: _Recognised,
    known: Reference,
    gate: Gate,
    tables: dict[str, dict[str, int]],
    moment: datetime,
) -> None:
    """Parse one file and append what it holds; a broken file leaves a sentence."""
    report = file.report
    try:
        with witnessed() as refused:
            stated = read_layout(file.layout, file.content, known)
    except InputError as error:
        report.reason = str(error)
        return
    everything = identified(stated, known)
    load = Load(report.path, file.layout.name, stated, everything, refused.named)
    if stopped := gate.passed([load]):
        report.is_stopped, report.reason = True, stopped[0]
        return
    stored = store_parsed(lake, everything, moment)
    total = stored.total() if stored.tables else TableCounts()
    report.rows, report.known, report.corrections, report.rejected = total
    for name, counts in stored.tables.items():
        tables[name]["rows"] += counts.added
        tables[name]["rejected"] += counts.rejected
    logged = [
        {
            "sha256": file.sha256,
            "format": file.layout.name,
            "table": name,
            "path": report.path,
            "rows": counts.added,
            "rejected": counts.rejected,
            "ingested_at": moment,
        }
        for name, counts in stored.tables.items()
    ]
    # Logged last: a file whose rows were stored in part is read again.
    log(lake, INGESTED_FILES, pl.DataFrame(logged, schema=INGESTED_FILES.columns))
    report.rejections = dict(stored.rejections) or None
    report.notes = dict(stored.notes) or None
    rejections = stored.rejections.items()
    report.reason = "; ".join(f"{reason} ({n:,})" for reason, n in rejections) or None


def _refuse_nothing(reports: Sequence[FileReport]) -> None:
    """A command that could take in none of its files did not do its job."""
    # What stopped a load is told in full, by the report.
    taken = [r for r in reports if r.reason == ALREADY or r.rows or r.known or r.is_stopped]
    if taken:
        return
    if not reports:
        raise InputError("Expected files to take in, found none at the given paths.")
    shown = "; ".join(f"{r.path}: {r.reason or 'no rows'}" for r in reports[:3])
    raise InputError(f"None of the {len(reports)} files could be taken in: {shown}")
