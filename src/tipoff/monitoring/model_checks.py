"""Checks of what is predicted, picked and graded."""

from datetime import timedelta

import polars as pl

from tipoff.backtest.statistics import mean_interval
from tipoff.monitoring.declare import (
    MIDDAY,
    OVERNIGHT,
    POST_OVERNIGHT,
    PRE_GAME_FINAL,
    PRE_GAME_PREP,
    Finding,
    check,
    failed,
    graded,
    passed,
)
from tipoff.monitoring.freshness import named
from tipoff.monitoring.missing import missing_grades, missing_predictions, over, standing
from tipoff.monitoring.scene import Need, Scene
from tipoff.monitoring.schedule import Day
from tipoff.tables.predictions import SETTLED
from tipoff.tables.watch import FAIL, PASS, WARN

# Share of the mean result by which a model may be off.
BIAS_SHARE = 0.05
BIAS_DAYS, BIAS_DATES = 30, 5
SIDES_DAYS, SIDES_LEAST = 7, 20
_ROW = ["slate", "game_id", "player_id"]
_PLAYER = ["game_id", "player_id"]


@check(
    "P1",
    (PRE_GAME_PREP, PRE_GAME_FINAL),
    (Need.SCHEDULE, Need.MODELS, Need.EXPECTED, Need.PREDICTIONS),
    "every live model predicts every player with a line",
)
def predictions_ready(scene: Scene) -> Finding:
    """Whether the live models predicted everybody with a line, in games that are decided."""
    day, models = scene.game_day(), scene.frame(Need.MODELS)
    if day.is_off:
        return passed(f"Nothing to predict: {day.sentence}.", expected=0)
    if models.is_empty():
        return failed("No model is live, so nothing is predicted.", models=0)
    own = scene.frame(Need.PREDICTIONS).filter(pl.col("game_date") == scene.day)
    wanted = scene.frame(Need.EXPECTED).filter("has_line")
    missing = missing_predictions(scene.frame(Need.EXPECTED), own)
    soon = day.games.filter(pl.col("tip_off_at") <= scene.now + timedelta(hours=2))
    observed = {"models": models.height, "expected": wanted.height, "missing": missing.height}
    if missing.height:
        people = [f"{r['player_name']} ({r['model_name']}: {r['why']})" for r in missing.to_dicts()]
        state = FAIL if missing.height >= 0.05 * wanted.height else WARN
        return Finding(state, observed, f"Missing: {named(people)}.")
    bare = models.join(own, on="model_id", how="anti")
    if bare.height and soon.height:
        said = named(bare["name"].to_list())
        return Finding(WARN, observed, f"Games begin within 2 hours, and no slate of {said}.")
    return passed(f"All {wanted.height} player-games that are due are predicted.", **observed)


@check(
    "P2",
    (PRE_GAME_PREP, PRE_GAME_FINAL),
    (Need.EXPECTED, Need.FEATURES),
    "80 % of the players with a line have all required features",
)
def features_ready(scene: Scene) -> Finding:
    """Whether feature rows are training-ready for the players with a line."""
    lined = scene.frame(Need.EXPECTED).filter("has_line").select(_PLAYER).unique()
    if lined.is_empty():
        return passed("Nobody with a line is decided yet.", lined=0)
    rows = lined.join(scene.frame(Need.FEATURES), on=_PLAYER, how="left")
    ready = int(rows["is_training_ready"].fill_null(value=False).sum())
    share = ready / lined.height
    observed = {"lined": lined.height, "ready": ready, "share": round(share, 4)}
    text = f"{ready} of {lined.height} players with a line are ready ({100 * share:.0f} %)."
    return Finding(PASS if share >= 0.8 else WARN if share >= 0.5 else FAIL, observed, text)


@check(
    "P2",
    (PRE_GAME_FINAL,),
    (Need.MODELS, Need.PREDICTIONS, Need.GRADES),
    "the mean error of 30 days is within 5 % of the mean result",
)
def model_bias(scene: Scene) -> Finding:
    """Whether a live model says too much or too little on average, with its interval by date."""
    since = scene.day - timedelta(days=BIAS_DAYS)
    rows = _settled(scene).filter(pl.col("game_date") >= since)
    states, said = [PASS], []
    observed: dict[str, dict[str, float]] = {}
    for model in scene.frame(Need.MODELS).sort("name", "model_id").to_dicts():
        own = rows.filter(pl.col("model_id") == model["model_id"])
        found = mean_interval(
            own.with_columns(error=pl.col("prediction") - pl.col("actual")), "error"
        )
        observed[model["name"]] = {"n": found.n, "dates": found.clusters}
        if found.clusters < BIAS_DATES or found.low is None or found.high is None:
            continue
        allowed = BIAS_SHARE * float(own["actual"].mean())  # type: ignore[arg-type]
        numbers = {"mean": found.value, "low": found.low, "high": found.high, "allowed": allowed}
        observed[model["name"]] |= {k: round(float(v or 0), 4) for k, v in numbers.items()}
        if found.low <= 0 <= found.high:
            continue
        is_beyond = found.low > allowed or found.high < -allowed
        states.append(FAIL if is_beyond else WARN)
        said.append(
            f"{model['name']} is off by {found.value:+.2f} on average, 95 % from {found.low:+.2f} "
            f"to {found.high:+.2f} (n {found.n}, {found.clusters} dates; {allowed:.2f} allowed)"
        )
    state = FAIL if FAIL in states else WARN if WARN in states else PASS
    return Finding(state, observed, f"{named(said) or 'No live model is off on average'}.")


def _settled(scene: Scene) -> pl.DataFrame:
    """Standing predictions with their newest result."""
    newest = scene.frame(Need.GRADES).sort(*_ROW, "version").unique(_ROW, keep="last")
    settled = newest.filter(pl.col("state") == SETTLED, pl.col("actual").is_not_null())
    made = standing(scene.frame(Need.PREDICTIONS)).filter(pl.col("prediction").is_not_null())
    return made.join(settled.select(*_ROW, "actual"), on=_ROW)


@check(
    "P2",
    (PRE_GAME_FINAL,),
    (Need.MODELS, Need.PREDICTIONS),
    "at most 95 % of a model's picks are on one side",
)
def sides_balanced(scene: Scene) -> Finding:
    """Whether a model picks one side only: of the date, or of a week where that is too few."""
    rows = standing(scene.frame(Need.PREDICTIONS)).filter("is_pick")
    picks = rows.join(scene.frame(Need.MODELS).select("model_id", "name"), on="model_id")
    worst, said, observed = PASS, [], {}
    for (name,), own in picks.sort("name").group_by("name", maintain_order=True):
        today = own.filter(pl.col("game_date") == scene.day)
        week = own.filter(pl.col("game_date") > scene.day - timedelta(days=SIDES_DAYS))
        judged = today if today.height >= SIDES_LEAST else week
        share = int((judged["side"] == "over").sum()) / max(judged.height, 1)
        observed[str(name)] = {"n": judged.height, "over_share": round(share, 4)}
        state = graded(max(share, 1 - share), 0.85, 0.95) if judged.height >= SIDES_LEAST else PASS
        if state != PASS:
            said.append(f"{name}: {100 * share:.0f} % of {judged.height} picks are over")
            worst = FAIL if FAIL in (worst, state) else WARN
    return Finding(worst, observed, f"{named(said) or 'Picks are on both sides, or too few'}.")


@check(
    "P2",
    (OVERNIGHT, POST_OVERNIGHT, MIDDAY),
    (Need.PREDICTIONS, Need.GRADES),
    "every prediction is graded by noon Eastern of the day after",
)
def grades_keep_up(scene: Scene) -> Finding:
    """Whether standing predictions are graded by noon of the day after."""
    predictions = scene.frame(Need.PREDICTIONS)
    due = over(predictions, scene.now)
    missing = missing_grades(predictions, scene.frame(Need.GRADES), scene.now)
    observed = {"due": due.height, "missing": missing.height}
    if missing.height:
        dates = ", ".join(str(d) for d in missing["game_date"].unique().sort().to_list())
        share = missing.height / due.height
        text = f"{missing.height} of {due.height} predictions have no grade, of {dates}."
        return Finding(FAIL if share > 0.05 else WARN, observed, text)
    return passed(f"All {due.height} predictions that are due are graded.", **observed)


@check(
    "P1",
    (OVERNIGHT, POST_OVERNIGHT),
    (Need.PROBLEMS,),
    "no duplicates, no grades of nothing, no late predictions, sums that add up",
)
def ledgers_agree(scene: Scene) -> Finding:
    """Whether predictions, grades and their accounts contradict one another."""
    problems = scene.frame(Need.PROBLEMS)
    # What is missing is judged by the checks of predictions and grades.
    is_other = ~pl.col("problem").str.starts_with("missing_")
    if problems.is_empty():
        return failed("Nothing was reconciled.")
    bad = problems.filter(is_other, pl.col("n") > 0)
    if bad.height:
        said = [f"{r['n']} {r['problem'].replace('_', ' ')}" for r in bad.to_dicts()]
        return failed(f"{named(said)}.", **dict(bad.select("problem", "n").iter_rows()))
    return passed("Predictions, grades and accounts agree.")


@check(
    "P1",
    (POST_OVERNIGHT, MIDDAY, PRE_GAME_FINAL),
    (Need.SCHEDULE, Need.OUTPUTS),
    "no expected output has failed",
)
def outputs_on_time(scene: Scene) -> Finding:
    """Whether the outputs that were due for the date and the one before are there."""
    day, outputs = scene.game_day(), scene.frame(Need.OUTPUTS)
    own = outputs.filter(pl.col("game_date") >= scene.day - timedelta(days=1))
    if own.filter(pl.col("game_date") == scene.day).is_empty() and day.kind is not Day.OFF_SEASON:
        return failed(f"No output of {scene.day} is expected: nobody planned it.", planned=0)
    # An output that is due and still open was looked at by nobody since.
    is_open = pl.col("state").is_in(["EXPECTED", "RUNNING"]) & (
        pl.col("due_at") + timedelta(hours=2) < scene.now
    )
    bad = own.filter((pl.col("state") == "FAILED") | is_open)
    part = own.filter(pl.col("state") == "DEGRADED")
    observed = {"planned": own.height, "failed": bad.height, "degraded": part.height}
    said = [
        f"{r['output']} {r['game_date']} ({r['reason']})"
        for r in [*bad.to_dicts(), *part.to_dicts()]
    ]
    if bad.height:
        return Finding(FAIL, observed, f"Not there: {named(said)}.")
    if part.height:
        return Finding(WARN, observed, f"There in part: {named(said)}.")
    return passed("All outputs that were due are there.", **observed)
