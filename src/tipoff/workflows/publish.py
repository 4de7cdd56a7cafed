"""Publish picks, their record and the history as versioned files (docs/published.md).

Dates and players whose rows have changed since are written anew, the index last; a second run
changes nothing. Whatever can not be read stops everything before a file is touched.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
from pydantic import ValidationError

from tipoff.domain.clock import eastern_date, eastern_moment
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError, TipoffError
from tipoff.store.lake import Lake
from tipoff.store.locks import held
from tipoff.tables.models import CHAMPION
from tipoff.tables.predictions import PREDICTIONS
from tipoff.workflows import published_schema as schema
from tipoff.workflows.published_documents import (
    Made,
    Setting,
    as_picks,
    fingerprint_of,
    history,
    ours,
    player,
)
from tipoff.workflows.published_documents import day as day_document
from tipoff.workflows.published_files import (
    REFUSED,
    Outcome,
    document_at,
    picks_of,
    remove_parts,
    write_bytes,
    write_document,
    write_table,
)
from tipoff.workflows.published_halts import active, entries
from tipoff.workflows.published_index import FOLDER, INDEX, index, models, unchanged_fingerprints
from tipoff.workflows.published_lake import Stored, stored
from tipoff.workflows.published_results import results
from tipoff.workflows.published_rows import (
    KEY,
    earlier_grades,
    prepared,
    suppressed,
)
from tipoff.workflows.published_tables import picks_table, predictions_table

DEFAULT_OUT = "published"
TODAY = f"{FOLDER}/today.json"


@dataclass(frozen=True)
class _Job:
    """One run: where to, of which date and moment, and from what."""

    root: Path
    on: date
    now: datetime
    everything: bool
    shadow: bool
    stored: Stored
    rows: pl.DataFrame
    earlier: pl.DataFrame
    made: Made
    known: Mapping[str, str]


def publish(
    lake: Lake,
    day: date | None = None,
    out: Path | None = None,
    *,
    everything: bool = False,
    shadow: bool = False,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Publish a game date, and every date and player whose rows have changed since.

    Args:
        lake: the lake; it is only read.
        day: game date; the present one in US Eastern time by default.
        out: a folder on this machine; ``published`` inside the lake by default.
        everything: make every document anew, whether its rows have changed or not.
        shadow: also publish what models that are not champion would pick, apart.
        now: the moment of publishing; the current time by default.

    Returns:
        ``date, out, state, reason, picks`` (shown for the date), ``halted`` (halts that are on),
        ``files`` (made by this run: ``path, state`` (written, unchanged, refused), ``bytes,
        sha256, reason``), ``kept`` (documents whose rows have not changed) and ``refused``
        (how many files).

    Raises:
        InputError: there is no folder to publish to.
        TipoffError: a table can not be read or holds a row twice, and nothing was written; or a
            row does not fit the published schema.
        StoreError: the disk can not be written; what was there is as it was.
    """
    moment = now or datetime.now(UTC)
    on = day or eastern_date(moment)
    root = _folder(lake, out)
    with held(Lake(str(root)), "publish", wait=True):
        remove_parts(root)
        job = _job(lake, root, on, moment, everything=everything, shadow=shadow)
        return _published(job)


def refused(report: Mapping[str, Any]) -> str | None:
    """Return which files a run left as they were, and why, or None."""
    said = [f"{f['path']}: {f['reason']}" for f in report["files"] if f["state"] == REFUSED]
    return f"{len(said)} files were refused. {' '.join(said)}" if said else None


def _folder(lake: Lake, out: Path | None) -> Path:
    if out is None and not lake.is_local:
        raise InputError(
            f"Expected a folder to publish to, for the lake is at {lake.url}; give one by --out."
        )
    root = Path(lake.url) / DEFAULT_OUT if out is None else out
    if ":/" in str(root):
        raise InputError(f"Expected a folder on this machine to publish to, got {root}.")
    if root.exists() and not root.is_dir():
        raise InputError(f"Expected a folder to publish to, but {root} is a file.")
    root.mkdir(parents=True, exist_ok=True)
    return root


def _job(
    lake: Lake, root: Path, on: date, now: datetime, *, everything: bool, shadow: bool
) -> _Job:
    said = stored(lake)
    ahead = said.predictions.filter(pl.col("tip_off_at") > now)["game_date"].unique().to_list()
    rows = prepared(
        said.predictions, said.grades, said.halts, now, _shown(root, ahead), shadow=shadow
    )
    return _Job(
        root=root,
        on=on,
        now=now,
        everything=everything,
        shadow=shadow,
        stored=said,
        rows=rows,
        earlier=earlier_grades(said.grades),
        made=Made(now, said.lake_version),
        known={} if everything else unchanged_fingerprints(root),
    )


def _shown(root: Path, days: Sequence[date]) -> pl.DataFrame:
    """The picks that documents of some dates show already."""
    found = [document_at(root / FOLDER / f"dates/{day}.json") for day in sorted(days)]
    keys = sorted({key for document in found if document for key in picks_of(document)})
    schema_of_keys = {name: PREDICTIONS.columns[name] for name in KEY}
    return pl.DataFrame(keys, schema=schema_of_keys, orient="row")


def _published(job: _Job) -> dict[str, Any]:
    settings = _settings(job)
    published = ours(job.rows)
    today = _today(job, settings[job.on])
    outcomes = list(_schemas(job))
    outcomes += _days(job, "date", published, settings)
    if job.shadow:
        outcomes += _days(job, "shadow", as_picks(job.rows), settings)
    outcomes += _players(job, published)
    outcomes += _tables(job, published)
    outcomes.append(
        write_document(job.root, f"{FOLDER}/history.json", history(published, job.made))
    )
    outcomes.append(
        write_document(job.root, f"{FOLDER}/results.json", results(published, job.made))
    )
    if _is_today(job):
        outcomes.append(write_document(job.root, TODAY, today))
    on = active(job.stored.halts)
    named = models(job.stored.predictions, job.stored.events, job.stored.names)
    content = index(job.root, job.on, named, on, outcomes, job.made)
    outcomes.append(write_document(job.root, INDEX, content))
    made = {outcome.path for outcome in outcomes}
    return {
        "date": job.on,
        "out": str(job.root),
        "state": today.state,
        "reason": today.reason,
        "picks": len(today.picks),
        "halted": entries(on),
        "files": [asdict(outcome) for outcome in outcomes],
        "kept": len([path for path in job.known if path not in made]),
        "refused": sum(outcome.state == REFUSED for outcome in outcomes),
    }


def _settings(job: _Job) -> dict[date, Setting]:
    days = sorted({*job.rows["game_date"].unique().to_list(), job.on})
    games = dict(job.stored.games["game_date"].value_counts().iter_rows())
    seasons = set(job.stored.games["season"].to_list())
    found = {}
    for day in days:
        end = eastern_moment(day + timedelta(days=1), time(0))
        # Of a date that is over, what was so at its end; else what is so now.
        at = end if end <= job.now else None
        number = games.get(day, 0) if season_of(day) in seasons else None
        found[day] = Setting(
            number, _champions(job.stored.events, at), active(job.stored.halts, at)
        )
    return found


def _champions(events: pl.DataFrame, at: datetime | None) -> dict[str, str]:
    known = events if at is None else events.filter(pl.col("at") <= at)
    newest = known.sort("number").unique("model_id", keep="last")
    champions = newest.filter(pl.col("to_stage") == CHAMPION)
    return dict(champions.select("model_id", "market").iter_rows())


def _today(job: _Job, setting: Setting) -> schema.Day:
    """The date's document without the picks of halted markets, published before or not."""
    rows = suppressed(ours(job.rows).filter(game_date=job.on), setting.halts)
    found: schema.Day = _valid(
        lambda: day_document("today", job.on, rows, job.earlier, setting, job.made)
    )
    return found


def _is_today(job: _Job) -> bool:
    """``today.json`` never steps back to an earlier date, nor ahead of the present one."""
    there = document_at(job.root / TODAY)
    newest = there["date"] if there else date.min.isoformat()
    return newest <= job.on.isoformat() and job.on <= eastern_date(job.now)


def _schemas(job: _Job) -> Iterator[Outcome]:
    for name in schema.DOCUMENTS:
        yield write_bytes(job.root, f"{FOLDER}/schema/{name}.json", schema.schema_of(name))


def _days(
    job: _Job, kind: Any, rows: pl.DataFrame, settings: Mapping[date, Setting]
) -> Iterator[Outcome]:
    folder = f"{FOLDER}/{'dates' if kind == 'date' else kind}"
    prints = {
        day: fingerprint_of(*sums, settings[day].text()) for day, sums in _sums(rows, "game_date")
    }
    stale = {day for day, own in prints.items() if job.known.get(f"{folder}/{day}.json") != own}
    if kind == "date" or job.on in prints:
        stale.add(job.on)
    parts = _parts(rows, "game_date", stale)
    for day in sorted(stale):
        own = parts.get(day, rows.clear())
        document = _valid(
            lambda own=own, day=day: day_document(
                kind, day, own, job.earlier, settings[day], job.made
            )
        )
        yield write_document(job.root, f"{folder}/{day}.json", document)


def _players(job: _Job, rows: pl.DataFrame) -> Iterator[Outcome]:
    paths = {
        player_id: (f"{FOLDER}/players/{file_name(player_id)}.json", fingerprint_of(*sums))
        for player_id, sums in _sums(rows, "player_id")
    }
    stale = {name for name, (path, own) in paths.items() if job.known.get(path) != own}
    for player_id, own in sorted(_parts(rows, "player_id", stale).items()):
        document = _valid(lambda own=own: player(own, job.earlier, job.made))
        yield write_document(job.root, paths[player_id][0], document)


def _sums(rows: pl.DataFrame, by: str) -> list[tuple[Any, tuple[int, int]]]:
    """What fingerprints are made of, of each date or player."""
    sums = rows.group_by(by).agg(n=pl.len(), hash=pl.col("hash").sum())
    return [(name, (n, total)) for name, n, total in sums.iter_rows()]


def _parts(rows: pl.DataFrame, by: str, stale: Collection[Any]) -> dict[Any, pl.DataFrame]:
    chosen = rows.filter(pl.col(by).is_in(list(stale)))
    return {key[0]: part for key, part in chosen.partition_by(by, as_dict=True).items()}


def file_name(player_id: str) -> str:
    """Return a player's id as a file's name.

    What is no ASCII letter or digit, ``_`` or ``-`` becomes ``~`` and two hexadecimal digits a
    byte, which addresses carry as it is.
    """
    return quote(player_id, safe="").replace(".", "%2E").replace("~", "%7E").replace("%", "~")


def _tables(job: _Job, rows: pl.DataFrame) -> Iterator[Outcome]:
    picks = picks_table(rows)
    yield write_table(job.root, f"{FOLDER}/picks.csv", picks)
    yield write_table(job.root, f"{FOLDER}/picks.parquet", picks)
    yield write_table(job.root, f"{FOLDER}/predictions.parquet", predictions_table(rows))


def _valid(make: Any) -> Any:
    try:
        return make()
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TipoffError(
            f"Expected stored rows that fit the published schema; {place}: {first['msg']}. "
            "Nothing was lost; repair the rows, then publish again."
        ) from error
