"""Is what was planted found, at its size? Ordinary experiments on leagues whose truth is known.

Each world is wrong in one way. A model is trained and graded as always, and its picks are held
against what the true distributions say of these very picks; the size of what was planted is
estimated from lines and results alone, and held against the size that was planted; and a bettor
who knows the truth shows what there was to be had.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from tipoff.backtest.gates import PASSED
from tipoff.backtest.grading import graded
from tipoff.backtest.known_truth import merged, picks_against_truth, value_of_sides, with_chances
from tipoff.backtest.lines import line_choice
from tipoff.backtest.multiplicity import LEVEL, benjamini_hochberg, holm
from tipoff.backtest.takeable import takeable
from tipoff.domain.market import MARKETS
from tipoff.models.spec import ModelSpec, Windows
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.sources.league import WORLDS, League, LeagueSettings, Replays, append_to, generate
from tipoff.store.lake import Lake, open_lake
from tipoff.tables.league import BATCHES, DECISION
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.dataset import Dataset, dataset, lines_of
from tipoff.workflows.planted_size import SIZES, planted_sizes
from tipoff.workflows.train import Options, run_on

Step = Callable[[str, int, int], None]

_POINTS = MARKETS["points"]
_GAME = ["game_id", "player_id"]
# The least gain per unit that a bettor who knows the truth goes for.
_LEAST_GAIN = 0.05
RECIPE = ModelSpec(
    name="edges", iterations=400, learning_rate=0.03, depth=4, point="median", seed=1
)
# Where there is nothing to find, a model that does not look at lines finds most that is not there.
_RECIPES: Mapping[str, ModelSpec] = {"efficient": RECIPE.model_copy(update={"no_vegas": True})}
# Whose lines are taken: of one book where that book is off.
_LINES: Mapping[str, str] = {"book-off": "betmgm,unaudited"}
TRUTH_GAMES = 200


@dataclass(frozen=True)
class Built:
    """A league whose features are built.

    Attributes:
        lake: where.
        league: its rows, truth and knobs.
        data: its last season as experiments load it.
        windows: training, the first half of that season, and evaluation, the second.
    """

    lake: Lake
    league: League
    data: Dataset
    windows: Windows


def built(lake: Lake, settings: LeagueSettings, truth_games: int) -> Built:
    """Put a league into an empty lake and build its features.

    Args:
        lake: the lake.
        settings: the world; a season before the last gives form to begin with.
        truth_games: how often each game of the last season is played over for its truth.
    """
    league = generate(settings, Replays(truth_games, seasons=1, knowledge=(DECISION,)))
    append_to(lake, league)
    games = league.frames["games"]
    last = str(games["season"].max())
    played = games.filter(pl.col("season") == last)["game_date"]
    days: list[date] = played.unique().sort().to_list()
    backfill(lake, Request(days[0], days[-1]), lambda *_: None)
    middle = len(days) // 2
    windows = Windows(
        train_start=days[0],
        train_end=days[middle - 1],
        eval_start=days[middle],
        eval_end=days[-1],
    )
    return Built(lake, league, dataset(lake, [last]), windows)


def edge_study(of: Built, folder: Path, world: str) -> dict[str, Any]:
    """Run one experiment on a world, and hold it against the truth.

    Args:
        of: the world, built, with true distributions of its last season.
        folder: where the model is saved.
        world: its name: which lines are taken, and what is estimated.

    Returns:
        ``world, seed``, ``run`` (verdict, p-value, MAE and the line's), ``picks`` (by edge, what
        ``picks_against_truth`` gives), ``sizes`` (by what is estimated, see ``planted_sizes``) and
        ``oracle`` (see ``oracle``).
    """
    options = Options(folder, min_train_rows=200, min_eval_rows=50, threads=2, force=True)
    lines = _LINES.get(world, "median")
    recipe = _RECIPES.get(world, RECIPE)
    outcome = run_on(of.lake, of.data, recipe, of.windows, line_choice(lines), options)
    rows = with_chances(outcome.on_lines, merged(of.league.distributions, DECISION))
    report = outcome.report
    return {
        "world": world,
        "seed": of.league.settings.seed,
        "run": {
            "verdict": report["verdict"],
            "p_value": report["evidence"]["p_value"],
            "mae": report["lines"]["mae"],
            "line_mae": report["lines"]["line_mae"],
        },
        "picks": {
            f"{edge:g}": picks_against_truth(rows.filter(pl.col("edge").abs() >= edge))
            for edge in _POINTS.edges
        },
        "sizes": planted_sizes(of.data, of.league, SIZES.get(world, ())),
        "oracle": oracle(_taken(of, lines), of.league.distributions),
    }


def oracle(taken: pl.DataFrame, drawn: pl.DataFrame) -> dict[str, Any]:
    """Pick by the truth, and see whether it comes true.

    Sides are picked by one half of the games played over and valued by the other, both ways round:
    the best of many noisy values would be too good.

    Args:
        taken: takeable lines with ``season, game_date, team, actual``.
        drawn: rows of ``league_distributions``.

    Returns:
        What ``picks_against_truth`` gives, and ``lines``: how many there were to pick from.
    """
    halves = [merged(drawn, DECISION, batch) for batch in BATCHES]
    over, under = value_of_sides()
    picks = []
    for picking, valuing in (halves, halves[::-1]):
        sided = (
            with_chances(taken, picking)
            .filter(pl.max_horizontal(over, under) >= _LEAST_GAIN)
            .with_columns(
                prediction=pl.col("line") + pl.when(over >= under).then(1.0).otherwise(-1.0)
            )
        )
        rows = graded(sided.select(*taken.columns, "prediction"))
        picks.append(with_chances(rows, valuing))
    return {"lines": taken.height, **picks_against_truth(pl.concat(picks))}


def _taken(of: Built, lines: str) -> pl.DataFrame:
    played = of.data.rows.select(*_GAME, "season", "game_date", "team", "actual")
    return lines_of(of.data, line_choice(lines), _POINTS).join(played, on=_GAME)


def oracle_study(
    seeds: Sequence[int], settings: LeagueSettings, truth_games: int
) -> dict[str, Any]:
    """Pick by the truth in many leagues, which needs neither a lake nor a model.

    Args:
        seeds: of the leagues.
        settings: their knobs.
        truth_games: how often each game of the last season is played over.

    Returns:
        ``leagues``, ``picks`` (both ways), mean ``expected_roi``, and the mean of realised less
        expected ``difference`` with its standard ``error`` over leagues.
    """
    found = []
    for seed in seeds:
        replays = Replays(truth_games, seasons=1, knowledge=(DECISION,))
        league = generate(replace(settings, seed=seed), replays)
        found.append(oracle(_posted(league), league.distributions))
    differences = pl.Series([one["roi_difference"]["value"] for one in found])
    expected = pl.Series([one["expected_roi"] for one in found])
    return {
        "leagues": len(found),
        "picks": sum(one["n"] for one in found),
        "expected_roi": expected.mean(),
        "difference": differences.mean(),
        "error": None if len(found) < 2 else differences.std() / len(found) ** 0.5,
    }


def _posted(league: League) -> pl.DataFrame:
    """The lines of the last season that could be taken, with what came of them."""
    games = league.frames["games"]
    last = games.filter(pl.col("season") == pl.col("season").max())
    tips = last.select("game_id", "tip_off_at")
    quotes = league.frames["prop_quotes"].filter(pl.col("market") == _POINTS.name)
    known = quotes.join(tips, on="game_id").with_columns(
        as_of=pl.col("tip_off_at") - pl.duration(minutes=DEFAULT_LEAD_MINUTES)
    )
    boxes = league.frames["player_boxes"].filter(pl.col("seconds_played") > 0)
    played = boxes.select(*_GAME, "season", "game_date", "team", actual="points")
    return takeable(known, line_choice("median"), _POINTS).join(played, on=_GAME)


def study(
    world: str,
    seeds: Sequence[int],
    *,
    settings: LeagueSettings | None = None,
    truth_games: int = TRUTH_GAMES,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Study a world over several seeds, a league of its own each.

    Args:
        world: its name.
        seeds: of the leagues.
        settings: its knobs; those of the name by default.
        truth_games: how often each game is played over for the true distributions.
        step: called with what is being done and how far it is.

    Returns:
        ``leagues`` (per seed what ``edge_study`` gives) and ``summary``: see ``summarised``.
    """
    chosen = settings or WORLDS[world]
    leagues = []
    for number, seed in enumerate(seeds):
        step(f"{world}, seed {seed}", number, len(seeds))
        with TemporaryDirectory() as folder:
            lake = open_lake(str(Path(folder) / "lake"))
            made = built(lake, replace(chosen, seed=seed), truth_games)
            leagues.append(edge_study(made, Path(folder) / "models", world))
    return {"world": world, "leagues": leagues, "summary": summarised(leagues)}


def summarised(leagues: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count over leagues of one world.

    Returns:
        ``leagues``; ``significant`` (p at most 0.05, ``before`` correction and after ``holm`` and
        ``benjamini_hochberg``) out of ``judged``; ``passed`` (verdicts); ``covered``: in how many
        leagues each interval holds what it is held against: the hit rate of picks by the truth,
        their return, the oracle's return, and each planted size.
    """
    p_values = [one["run"]["p_value"] for one in leagues if one["run"]["p_value"] is not None]
    held: dict[str, list[bool]] = {}
    for one in leagues:
        for name, found in _held(one).items():
            held.setdefault(name, []).append(found)
    return {
        "leagues": len(leagues),
        "judged": len(p_values),
        "significant": {
            "before": sum(p <= LEVEL for p in p_values),
            "holm": sum(p <= LEVEL for p in holm(p_values)),
            "benjamini_hochberg": sum(p <= LEVEL for p in benjamini_hochberg(p_values)),
        },
        "passed": sum(one["run"]["verdict"] == PASSED for one in leagues),
        "covered": {name: f"{sum(found)} of {len(found)}" for name, found in held.items()},
    }


def _held(one: Mapping[str, Any]) -> dict[str, bool]:
    """Whether each interval of a league holds what it is held against; of unknown ones nothing."""
    asked: dict[str, tuple[Mapping[str, Any], float]] = {}
    for edge, picks in one["picks"].items():
        asked[f"hit rate at {edge}"] = (picks["rate_difference"], 0.0)
        asked[f"return at {edge}"] = (picks["roi_difference"], 0.0)
    asked["oracle's return"] = (one["oracle"]["roi_difference"], 0.0)
    for name, size in one["sizes"].items():
        asked[f"size of {name}"] = (size["estimate"], size["planted"])
    return {
        name: found["low"] <= value <= found["high"]
        for name, (found, value) in asked.items()
        if found["low"] is not None
    }
