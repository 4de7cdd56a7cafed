"""Exact invalidation: an edit makes stale what depends on it, and nothing else is built again."""

import random
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.faults.crash_laboratory import LITTLE, SPAN, hashes

from tipoff.processors.catalogue import PROCESSORS
from tipoff.processors.declare import Processor
from tipoff.sources.league import append_to, generate
from tipoff.store.fingerprint import code_fingerprint
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, append, open_lake, read, scan
from tipoff.store.spine import game_spine
from tipoff.tables.raw import RAW_TABLES, SOURCE_TABLES
from tipoff.tables.table import Table
from tipoff.workflows import plan as plan_module
from tipoff.workflows.backfill import Request, backfill

EDITS = 45  # and 5 of code
REBUILD_EVERY = 15
Stale = set[tuple[str, date]]


def _changed(rows: pl.DataFrame, chance: random.Random) -> pl.DataFrame:
    """The same fact with other figures."""
    for column, step in (("points", 1), ("line", 0.5), ("distance_feet", 3.0), ("status", None)):
        if column not in rows.columns:
            continue
        if step is None:
            return rows.with_columns(status=pl.lit(chance.choice(["out", "questionable"])))
        return rows.with_columns(pl.col(column) + step)
    if "is_assisted" in rows.columns:
        return rows.with_columns(~pl.col("is_assisted"))
    if "seconds" in rows.columns:
        return rows.with_columns(720 - pl.col("seconds"))
    if "is_submitted" in rows.columns:
        return rows.with_columns(~pl.col("is_submitted"))
    return rows.with_columns(pl.col("tip_off_at") + timedelta(minutes=5))


def _deleted(rows: pl.DataFrame, _: random.Random) -> pl.DataFrame:
    return rows.with_columns(is_deleted=pl.lit(value=True))


def _from_another_source(rows: pl.DataFrame, _: random.Random) -> pl.DataFrame:
    return rows.with_columns(source=pl.lit("another"))


KINDS: tuple[Callable[[pl.DataFrame, random.Random], pl.DataFrame], ...] = (
    _changed,
    _deleted,
    _from_another_source,
)


class Workbench:
    """A built lake that is edited, and what should follow from each edit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = open_lake(str(folder / "edited"))
        append_to(self.lake, generate(LITTLE))
        self.run()

    def run(self) -> Stale:
        """Build what is stale; return what was built by what the tables say before and after."""
        before = self.prints()
        request = Request(*SPAN, allow_older_code=True)
        backfill(self.lake, request, lambda *_: None)
        after = self.prints()
        return {key for key in before | after if before.get(key) != after.get(key)}

    def prints(self) -> dict[tuple[str, date], tuple[str, str]]:
        """The fingerprints that every (processor, date) carries."""
        found = {}
        for processor in PROCESSORS:
            rows = scan(self.lake, processor.table).select(
                "game_date", "code_fingerprint", "input_fingerprint"
            )
            for day, code, inputs in rows.unique().collect().iter_rows():
                found[processor.name, day] = (code, inputs)
        return found

    def planned(self) -> Stale:
        """What a plan says is to be built."""
        games = merged_games(read(self.lake, RAW_TABLES["games"]))
        days = sorted(self.instants())
        prints = plan_module.fingerprints(self.lake, games, days, 30, None, PROCESSORS)
        items = plan_module.plan(self.lake, prints, PROCESSORS, days, SPAN)
        return {(i.processor, i.game_date) for i in items if i.reason != "done"}

    def instants(self) -> dict[date, datetime]:
        """The last decision instant of every game date."""
        games = merged_games(read(self.lake, RAW_TABLES["games"]))
        inside = games.filter(pl.col("game_date").is_between(*SPAN))
        spine = game_spine(inside, inside["game_date"].unique().to_list(), 30)
        rows = spine.group_by("game_date").agg(pl.col("as_of").max()).iter_rows()
        return dict(rows)

    def edit(self, chance: random.Random) -> tuple[Table, date, datetime]:
        """Append a random edit of a random table that becomes known at a random moment."""
        table = RAW_TABLES[chance.choice(sorted(RAW_TABLES))]
        rows = read(self.lake, table).sort(table.key)
        row = rows.filter(~pl.col("is_deleted"))[chance.randrange(rows.height // 2)]
        late = timedelta(hours=chance.uniform(0.1, 24 * 40))
        moment = max(row["observed_at"][0] + late, row["observed_at"][0])
        new = chance.choice(KINDS)(row, chance).with_columns(observed_at=pl.lit(moment))
        append(
            self.lake, table, new.with_columns(pl.col("observed_at").cast(pl.Datetime("us", "UTC")))
        )
        return table, row["game_date"][0], moment

    def scratch(self, number: int) -> Lake:
        """The same raw rows, everything built from nothing."""
        lake = open_lake(str(self.folder / f"scratch {number}"))
        for name in SOURCE_TABLES:
            if (Path(self.lake.url) / name).is_dir():
                shutil.copytree(Path(self.lake.url) / name, Path(lake.url) / name)
        backfill(lake, Request(*SPAN), lambda *_: None)
        return lake


def dependents(names: set[str]) -> set[str]:
    """Processors, and all that build on them."""
    for processor in PROCESSORS:
        if names & set(processor.needs):
            names = names | {processor.name}
    return names


def may_depend(processor: Processor, table: Table, about: date, day: date) -> bool:
    """Whether a processor declares that rows of a date matter to another one."""
    days = [part.days for part in processor.inputs if part.table == table.name]
    return bool(days) and 0 <= (day - about).days <= max(days)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(tmp_path_factory.mktemp("invalidation"))


def test_edits_of_rows_make_stale_what_depends_on_them_and_no_more(bench: Workbench) -> None:
    chance = random.Random(11)
    untouched = 0
    for number in range(1, EDITS + 1):
        table, about, moment = bench.edit(chance)
        planned = bench.planned()
        allowed = {
            (name, day)
            for day, as_of in bench.instants().items()
            if moment <= as_of or table.name == "games"
            for name in dependents({p.name for p in PROCESSORS if may_depend(p, table, about, day)})
        }
        assert planned <= allowed, (number, table.name, about, moment)
        assert bench.run() == planned, (number, table.name)
        # Where nothing was to be done nothing was changed, and so nothing is.
        assert not planned or not bench.planned()
        untouched += not planned
        if number % REBUILD_EVERY == 0:
            assert hashes(bench.scratch(number)) == hashes(bench.lake), number
    assert 0 < untouched < EDITS


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_new_list_makes_its_game_stale_where_it_comes_before_the_decision(
    bench: Workbench, hours: int
) -> None:
    """Nothing is said of any player: that nobody is listed is news all the same."""
    day, as_of = sorted(bench.instants().items())[len(bench.instants()) // 2]
    table = RAW_TABLES["availability_reports"]
    lists = read(bench.lake, table).filter(game_date=day).sort(table.key)
    moment = pl.lit(as_of + timedelta(hours=hours), pl.Datetime("us", "UTC"))
    append(bench.lake, table, lists[-1:].with_columns(observed_at=moment, report_at=moment))
    readers = {p.name for p in PROCESSORS if may_depend(p, table, day, day)}
    expected = {(name, day) for name in dependents(readers)} if hours < 0 else set()
    assert {"player_composite_factors", "ml_feature_store"} <= readers
    assert bench.planned() == bench.run() == expected


def test_changed_code_makes_its_processor_and_those_above_stale(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the last one down, each on top of the changes before it; then all of them are undone."""
    changed: set[str] = set()

    def edited(*modules: str) -> str:
        return code_fingerprint(*modules) + ("edited" if changed & set(modules) else "")

    days = bench.instants()
    with monkeypatch.context() as patched:
        patched.setattr(plan_module, "code_fingerprint", edited)
        for processor in reversed(PROCESSORS):
            changed.add(processor.module)
            expected = {(other, day) for other in dependents({processor.name}) for day in days}
            assert bench.planned() == bench.run() == expected
            assert not bench.planned()
    assert bench.run() == {(processor.name, day) for processor in PROCESSORS for day in days}
