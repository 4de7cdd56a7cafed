"""A hundred million line quotes, resolved as of the decision within 4 GiB.

A made-up market of ten books, five markets and sixteen moments a player-game is appended to a lake
as files of quotes would be, some game dates at a time. Then a process of its own, whose memory the
system limits, chooses the takeable line of every player-game. The lake grows from 1 to 10 to 100
million quotes (``TIPOFF_BENCH_QUOTES``, in millions, with commas) and is thrown away.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.measure import Result
from tipoff.backtest.lines import line_choice
from tipoff.domain.market import MARKETS
from tipoff.domain.seasons import season_of
from tipoff.store.lake import Lake, append, open_lake, scan
from tipoff.store.spine import game_spine
from tipoff.tables.raw import GAMES, PROP_QUOTES
from tipoff.workflows.takeable_lines import takeable_in_spans
from tipoff.workflows.world import known_games

MILLIONS = "1,10,100"
LIMIT_GIB = 4
GAMES_A_DATE, PLAYERS_A_GAME, MOMENTS, DATES_A_SEASON = 8, 20, 16, 165
DATES_A_FILE = 5
BOOKS = (
    *("draftkings", "fanduel", "betmgm", "caesars", "bovada", "betrivers"),
    *("pointsbet", "barstool", "unibet", "wynnbet"),
)
_TEAMS = [
    *("ATL", "BOS", "BKN", "CHA", "CHI", "CLE", "DAL", "DEN"),
    *("DET", "GSW", "HOU", "IND", "LAC", "LAL", "MEM", "MIA"),
]
# Per market: mean of the first and of the last man, and the spread of a book around it.
_MEANS = {"points": (27, 6), "rebounds": (10, 2), "assists": (8, 1.5), "threes": (3.5, 0.8)}
_MEANS |= {"points_rebounds_assists": (44, 9)}


def quotes() -> tuple[Result, dict[str, Any]]:
    """Grow the lake and resolve all its lines at each size.

    Returns:
        Seconds of choosing the lines of the largest lake against those of the bare engine's last
        quote per book and line of the same files, and per size the figures.
    """
    sizes = [float(n) for n in os.environ.get("TIPOFF_BENCH_QUOTES", MILLIONS).split(",")]
    folder = Path(os.environ.get("TIPOFF_BENCH_FOLDER", "/tmp")) / f"tipoff-quotes-{os.getpid()}"
    figures: dict[str, Any] = {}
    made: dict[str, Any] = {}
    try:
        lake = open_lake(str(folder))
        days = _days()
        stored, written = 0, 0.0
        for size in sizes:
            while stored < size * 1e6:
                began = time.perf_counter()
                stored += _append(lake, [next(days) for _ in range(DATES_A_FILE)])
                written += time.perf_counter() - began
            made = {way: _child(lake, way) for way in ("ours", "bare")}
            figures[f"{stored / 1e6:,.1f} million"] = {
                "quotes": stored,
                "GB on disk": round(_bytes(folder / PROP_QUOTES.name) / 1e9, 2),
                "seconds to append": round(written, 1),
                **{f"{way} {name}": v for way, of in made.items() for name, v in of.items()},
            }
            print(json.dumps(figures[f"{stored / 1e6:,.1f} million"]), file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ours, theirs = made["ours"]["seconds"], made["bare"]["seconds"]
    name = f"takeable lines of {stored / 1e6:,.0f} million quotes in {LIMIT_GIB} GiB"
    return Result(name, ours, "the bare engine's last quotes", theirs), figures


def _days() -> Iterator[date]:
    """Game dates of one season after the other."""
    for year in range(2015, 2100):
        for n in range(DATES_A_SEASON):
            yield date(year, 10, 22) + timedelta(days=n)


def _append(lake: Lake, days: list[date]) -> int:
    """Append the games and quotes of some dates, season by season; return the rows added."""
    added = 0
    for season in sorted({season_of(day) for day in days}):
        own = [day for day in days if season_of(day) == season]
        games = made_games(own)
        append(lake, GAMES, games)
        added += append(lake, PROP_QUOTES, made_quotes(games, BOOKS, MOMENTS)).added
    return added


def made_games(days: list[date]) -> pl.DataFrame:
    """Return rows of ``games``: the first sixteen teams play each day, with another opponent."""
    codes = _TEAMS
    rows = []
    for day in days:
        turn = day.toordinal() % (GAMES_A_DATE - 1)
        away = codes[GAMES_A_DATE + turn :] + codes[GAMES_A_DATE : GAMES_A_DATE + turn]
        rows += [(day, one, other) for one, other in zip(codes, away, strict=False)]
    frame = pl.DataFrame(rows, schema=["game_date", "home_team", "away_team"], orient="row")
    tip = pl.col("game_date").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=24)
    return frame.select(
        season=pl.lit(season_of(days[0])),
        game_date="game_date",
        source=pl.lit("made_up"),
        observed_at=tip - pl.duration(days=30),
        observed_basis=pl.lit("recorded"),
        is_deleted=pl.lit(value=False),
        game_id=pl.concat_str(
            pl.col("game_date").dt.strftime("%Y%m%d"), "away_team", "home_team", separator="_"
        ),
        nba_game_id=pl.lit(None, pl.String),
        season_type=pl.lit("regular"),
        home_team="home_team",
        away_team="away_team",
        tip_off_at=tip,
    )


def made_quotes(games: pl.DataFrame, books: tuple[str, ...], moments: int) -> pl.DataFrame:
    """Return rows of ``prop_quotes``: every book on every market of every player, and its moves.

    The last three moments are after the decision, the very last after tip-off.
    """
    rng = np.random.default_rng(int(games["game_date"][0].toordinal()))
    players = pl.DataFrame({"place": range(PLAYERS_A_GAME)}, schema={"place": pl.Int32})
    market = pl.DataFrame({"market": list(_MEANS), "_first": [float(m[0]) for m in _MEANS.values()],
                           "_last": [float(m[1]) for m in _MEANS.values()]})  # fmt: skip
    rows = (
        games.select("season", "game_date", "game_id", "home_team", "away_team", "tip_off_at")
        .join(players, how="cross")
        .join(market, how="cross")
        .join(pl.DataFrame({"book": books, "_book": range(len(books))}), how="cross")
        .join(pl.DataFrame({"_moment": range(moments)}), how="cross")
    )
    n = rows.height
    half = PLAYERS_A_GAME // 2
    team = pl.when(pl.col("place") < half).then("home_team").otherwise("away_team")
    share = (pl.col("place") % half) / (half - 1)
    mean = pl.col("_first") + (pl.col("_last") - pl.col("_first")) * share
    noise = pl.Series(rng.normal(0, 0.05, n))
    price = {side: pl.Series(-rng.integers(102, 126, n), dtype=pl.Int32) for side in ("o", "u")}
    before = pl.lit(moments - 3) - pl.col("_moment")
    minutes = pl.when(before > 0).then(30 + 80 * before).otherwise(20 + 15 * before)
    return rows.select(
        *("season", "game_date"),
        source=pl.lit("made_up"),
        observed_at=pl.col("tip_off_at") - pl.duration(minutes=minutes, seconds="_book"),
        observed_basis=pl.lit("recorded"),
        is_deleted=pl.lit(value=False),
        game_id="game_id",
        name_key=pl.concat_str(pl.lit("player "), team, "place"),
        market="market",
        book="book",
        line=(mean * (1 + noise)).floor() + 0.5,
        quote_number=pl.lit(1, pl.Int32),
        player_name=pl.concat_str(pl.lit("Player "), team, "place"),
        player_id=pl.concat_str(team, pl.lit("-"), "place"),
        event_id=pl.lit(None, pl.String),
        over_price=price["o"],
        under_price=price["u"],
        quoted_at=pl.lit(None, pl.Datetime("us", "UTC")),
        is_alternate=pl.lit(value=False),
        is_stale=pl.lit(value=False),
        is_after_tip_off=pl.col("_moment") == moments - 1,
        is_placeholder_price=pl.lit(value=False),
        is_odd_date=pl.lit(value=False),
    )


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _child(lake: Lake, way: str) -> dict[str, Any]:
    """Resolve all lines in a process of its own that may not have more memory."""
    command = [sys.executable, "-m", "bench.quotes", lake.url, way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Expected lines within {LIMIT_GIB} GiB, but: {done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def resolved(lake: Lake) -> pl.DataFrame:
    """Choose the takeable line of every player-game and market."""
    games = known_games(lake)
    spine = game_spine(games, games["game_date"].unique().to_list(), 30)
    return takeable_in_spans(lake, spine, list(MARKETS.values()), line_choice("median"))


def last_quotes(lake: Lake) -> pl.DataFrame:
    """Return what the engine alone gives: each book's last line at the decision, median of books.

    No withdrawals, no audit of prices, no feeds, no ties: less than a takeable line is.
    """
    games = known_games(lake)
    spine = game_spine(games, games["game_date"].unique().to_list(), 30)
    asked = spine.lazy().select("game_id", "as_of")
    key = ["game_id", "player_id", "market"]
    in_time = (
        scan(lake, PROP_QUOTES)
        .filter(~pl.col("is_alternate"), ~pl.col("is_stale"), ~pl.col("is_after_tip_off"))
        .select(*key, "book", "observed_at", "line")
        .join(asked, on="game_id")
        .filter(pl.col("observed_at") <= pl.col("as_of"))
    )
    last = in_time.group_by(*key, "book").agg(
        pl.col("line").filter(pl.col("observed_at") == pl.col("observed_at").max()).first()
    )
    return last.group_by(key).agg(pl.col("line").median()).collect(engine="streaming")


def _main(url: str, way: str) -> None:
    limit = LIMIT_GIB * 2**30
    if way == "ours":
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    lake = open_lake(url)
    began = time.perf_counter()
    found = (resolved if way == "ours" else last_quotes)(lake)
    seconds = time.perf_counter() - began
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    told = {"seconds": round(seconds, 2), "peak GiB": round(peak / 2**20, 2), "lines": found.height}
    print(json.dumps(told))


if __name__ == "__main__":
    _main(*sys.argv[1:])
