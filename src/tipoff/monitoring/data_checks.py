"""Checks of what came in: games, box scores, quotes, reports, and the processors' rows."""

from datetime import timedelta

import polars as pl

from tipoff.monitoring.declare import (
    MIDDAY,
    OVERNIGHT,
    POST_GAME,
    POST_OVERNIGHT,
    PRE_GAME_FINAL,
    PRE_GAME_PREP,
    Finding,
    check,
    failed,
    graded,
    passed,
)
from tipoff.monitoring.freshness import State, named
from tipoff.monitoring.scene import Need, Scene
from tipoff.monitoring.schedule import Day, last_dates, over_by
from tipoff.tables.answers import HELD
from tipoff.tables.ledger import FAILED
from tipoff.tables.watch import FAIL, WARN

HISTORY_DAYS = 14
# A game's box score must be there, and whole, so many hours after tip-off.
BOX_HOURS, WHOLE_HOURS = 6.0, 4.0
# Five players for 48 minutes; a source that rounds minutes may be some minutes short.
TEAM_SECONDS, ROUNDED_SECONDS = 5 * 48 * 60, 300
USUAL_DATES, LEAST_DATES = 10, 3
NEWS_HOURS = 24.0
# Reasons of the ledger by which rows are there, but of older code or inputs.
_STALE = ("code changed", "input changed")


@check("P1", (POST_OVERNIGHT,), (Need.SCHEDULE, Need.LEDGER), "every processor is done")
def processors_complete(scene: Scene) -> Finding:
    """Whether the ledger calls every processor done on the last game dates that were due."""
    known = over_by(scene.frame(Need.SCHEDULE), scene.now, 0).height
    due = scene.frame(Need.LEDGER).filter(pl.col("due_at") <= scene.now)
    if due.is_empty():
        if known:
            return failed("No processor is in the ledger though games were played.", games=known)
        return passed("No game date is due yet.", due=0)
    undone = due.filter(pl.col("reason") != "done").sort("game_date", "processor")
    bad = undone.filter(~pl.col("reason").is_in(_STALE))
    said = [f"{r['processor']} {r['game_date']} {r['reason']}" for r in undone.to_dicts()]
    observed = {"due": due.height, "undone": undone.height, "absent": bad.height}
    observed["failed"] = undone.filter(pl.col("reason") == FAILED).height
    if bad.height:
        return Finding(FAIL, observed, f"Not done: {named(said)}.")
    if undone.height:
        return Finding(WARN, observed, f"Stale: {named(said)}.")
    return passed(f"All of {due.height} processor dates are done.", **observed)


@check("P2", (POST_OVERNIGHT,), (Need.SCHEDULE, Need.BOXES), "every game has a box score")
def history_complete(scene: Scene) -> Finding:
    """Whether every game of the last 14 days that is over has a box score."""
    since = scene.day - timedelta(days=HISTORY_DAYS)
    played = over_by(scene.frame(Need.SCHEDULE), scene.now, BOX_HOURS).filter(
        pl.col("game_date") >= since
    )
    lacking = played.join(scene.frame(Need.BOXES), on="game_id", how="anti")
    if lacking.height:
        ids = lacking["game_id"].to_list()
        return failed(
            f"{len(ids)} of {played.height} games have no box score: {named(ids)}.",
            games=played.height,
            lacking=ids,
        )
    return passed(f"All {played.height} games have box scores.", games=played.height, lacking=[])


@check(
    "P1",
    (POST_OVERNIGHT, PRE_GAME_FINAL),
    (Need.FRESHNESS,),
    "no table is missing, and no source is late",
)
def data_fresh(scene: Scene) -> Finding:
    """Whether what is due of every raw table is there; a source that stopped is named."""
    rows = scene.frame(Need.FRESHNESS).filter(pl.col("source").ne_missing(pl.lit("backfill")))
    if rows.is_empty():
        return failed("Nothing is known of any table.", rows=0)
    bad = rows.filter(pl.col("state").is_in([State.LATE.value, State.MISSING.value]))
    key = ["table", "game_date"]
    fresh = rows.filter(pl.col("state") == State.FRESH.value).select(key).unique()
    gone = bad.join(fresh, on=key, how="anti").filter(
        (pl.col("state") == State.MISSING.value).all().over(key)
    )
    observed = {"late": bad.height, "tables_missing": gone["table"].unique().sort().to_list()}
    sentences = [*gone["sentence"], *bad.join(gone, on=[*key, "source"], how="anti")["sentence"]]
    if gone.height:
        return Finding(FAIL, observed, f"No source is there: {' '.join(sentences[:5])}")
    if bad.height:
        return Finding(WARN, observed, f"Late: {' '.join(sentences[:5])}")
    return passed("Everything that is due is there.", **observed)


@check("P2", (POST_OVERNIGHT, MIDDAY), (Need.CLOCKS,), "no moment is impossible")
def clocks_right(scene: Scene) -> Finding:
    """Whether rows were observed after the present, or before the game that they tell of."""
    odd = scene.frame(Need.CLOCKS)
    rows = int(odd["rows"].sum())
    if rows:
        return failed(" ".join(odd["sentence"].to_list()[:5]), rows=rows)
    return passed("No row has a moment that can not be.", rows=0)


@check(
    "P2",
    (POST_OVERNIGHT, POST_GAME),
    (Need.SCHEDULE, Need.ANSWERS),
    "under 3 requests of 24 hours stay unanswered",
)
def fetches_succeed(scene: Scene) -> Finding:
    """Whether what providers were asked for in the last 24 hours was answered in the end."""
    answers = scene.frame(Need.ANSWERS)
    if answers.is_empty():
        return passed("Nothing was asked for in 8 days; this lake is not filled by fetching.")
    today = answers.filter(pl.col("fetched_at") > scene.now - timedelta(hours=24))
    dates = [scene.day, scene.day - timedelta(days=1)]
    games = scene.frame(Need.SCHEDULE).filter(pl.col("game_date").is_in(dates)).height
    if today.is_empty() and games:
        return failed("Nothing was asked for in 24 hours, though games are played.", asked=0)
    last = today.sort("fetched_at").unique("request", keep="last")
    lost = last.filter(~pl.col("verdict").is_in([v.value for v in HELD]))
    by = lost.group_by("provider", "endpoint", "verdict").agg(n=pl.len()).sort("n", descending=True)
    said = [f"{r['n']} {r['verdict']} by {r['provider']} {r['endpoint']}" for r in by.to_dicts()]
    observed = {"asked": last.height, "lost": lost.height}
    if lost.height:
        text = f"{lost.height} of {last.height} requests: {named(said)}."
        return Finding(graded(lost.height, 3, 10), observed, text)
    return passed(f"All {last.height} requests were answered.", **observed)


@check("P3", (POST_GAME,), (Need.SCHEDULE, Need.ANSWERS), "tonight's results are being fetched")
def fetching_begun(scene: Scene) -> Finding:
    """Whether anything was fetched since the date's first game must have ended."""
    answers = scene.frame(Need.ANSWERS)
    over = over_by(scene.game_day().games, scene.now, BOX_HOURS / 2)
    first = over["tip_off_at"].min()
    if answers.is_empty() or first is None:
        return passed("Nothing is to be fetched yet, or ever was.", over=over.height)
    since = answers.filter(pl.col("fetched_at") > first + pl.duration(hours=2))
    if since.is_empty():
        return failed(f"Nothing was fetched since {over.height} games ended.", over=over.height)
    return passed(f"{since.height} answers came since the first game.", over=over.height)


@check(
    "P2",
    (POST_GAME, OVERNIGHT),
    (Need.SCHEDULE, Need.BOXES),
    "games that ended have whole box scores",
)
def games_final(scene: Scene) -> Finding:
    """Whether box scores of games that ended are there and add up to a whole game's minutes."""
    since = scene.day - timedelta(days=1)
    ended = over_by(scene.frame(Need.SCHEDULE), scene.now, WHOLE_HOURS).filter(
        pl.col("game_date") >= since
    )
    best = (
        scene.frame(Need.BOXES)
        .group_by("game_id", "source")
        .agg(seconds=pl.col("seconds").min(), teams=pl.col("team").n_unique())
        .filter(pl.col("teams") == 2)
        .group_by("game_id")
        .agg(pl.col("seconds").max())
    )
    both = ended.join(best, on="game_id", how="left")
    short = both.filter(pl.col("seconds") < TEAM_SECONDS - ROUNDED_SECONDS)
    absent = both.filter(pl.col("seconds").is_null())
    must = over_by(absent, scene.now, BOX_HOURS)
    observed = {"ended": ended.height, "in_part": short.height, "absent": absent.height}
    ids = named([*short["game_id"], *absent["game_id"]])
    if short.height or must.height:
        return Finding(FAIL, observed, f"Not final: {ids}.")
    if absent.height:
        return Finding(WARN, observed, f"Not there yet: {ids}.")
    return passed(f"All {ended.height} games that ended are final.", **observed)


@check(
    "P2",
    (PRE_GAME_PREP, PRE_GAME_FINAL),
    (Need.SCHEDULE, Need.MODELS, Need.LINES),
    "each source quotes 75 % of the players that it usually quotes by then",
)
def lines_usual(scene: Scene) -> Finding:
    """Whether sources quote as many players of the live models' markets as usually by then."""
    day, markets = scene.game_day(), scene.frame(Need.MODELS)["market"].unique().to_list()
    lines = scene.frame(Need.LINES)
    if markets:
        lines = lines.filter(pl.col("market").is_in(markets))
    if day.kind is not Day.GAMES:
        return passed(f"Nothing to quote: {day.sentence}.", sources=0)
    schedule = scene.frame(Need.SCHEDULE)
    before = last_dates(schedule, scene.day - timedelta(days=1), USUAL_DATES)
    lead = (day.games["tip_off_at"] - scene.now).median()
    timed = lines.join(schedule.select("game_id", "tip_off_at"), on="game_id")
    by_then = timed.filter(pl.col("first_at") <= pl.col("tip_off_at") - pl.lit(lead))
    games = schedule.group_by("game_date").agg(games=pl.len())
    key = ["source", "market"]
    counts = by_then.group_by(*key, "game_date").agg(players=pl.len())
    # A date on which a source quoted nobody counts as none.
    dates = pl.DataFrame({"game_date": [*before, scene.day]}).join(games, on="game_date")
    grid = lines.select(key).unique().join(dates, how="cross")
    per_game = grid.join(counts, on=[*key, "game_date"], how="left").with_columns(
        rate=pl.col("players").fill_null(0) / pl.col("games")
    )
    usual = (
        per_game.filter(pl.col("game_date") < scene.day)
        .group_by(key)
        .agg(usual=pl.col("rate").median(), dates=pl.len())
    )
    today = per_game.filter(pl.col("game_date") == scene.day).join(usual, on=key)
    known = today.filter(pl.col("dates") >= LEAST_DATES, pl.col("usual") >= 1)
    if lines.is_empty():
        return failed("No source quoted anybody on the last game dates.", sources=0)
    if known.is_empty():
        return passed("No source usually quotes so early.", sources=0)
    shares = known.with_columns(share=pl.col("rate") / pl.col("usual")).sort("share", *key)
    few = shares.filter(pl.col("share") < 0.75)
    said = [
        f"{r['source']} {r['market']}: {r['rate']:.1f} players a game, usually {r['usual']:.1f}"
        for r in few.to_dicts()
    ]
    least = round(float(shares["share"][0]), 3)
    if few.height:
        state = FAIL if least < 0.5 else WARN
        return Finding(state, {"least_share": least, "few": few.height}, f"{named(said)}.")
    return passed("Every source quotes as usual.", least_share=least, few=0)


@check(
    "P2",
    (PRE_GAME_PREP, PRE_GAME_FINAL),
    (Need.SCHEDULE, Need.NEWS),
    "of each team that plays within 2 hours something was told in the last 24",
)
def availability_known(scene: Scene) -> Finding:
    """Whether a list, or a word on some player, is known of each team that plays soon."""
    games = over_by(scene.game_day().games, scene.now, -2)
    teams = pl.concat([games.select("game_id", team=f"{side}_team") for side in ("home", "away")])
    if teams.is_empty():
        return passed("No team plays within 2 hours.", teams=0)
    since = pl.col("newest_at") >= scene.now - timedelta(hours=NEWS_HOURS)
    lacking = teams.join(scene.frame(Need.NEWS).filter(since), on=["game_id", "team"], how="anti")
    observed = {"teams": teams.height, "lacking": lacking.height}
    said = [f"{r['team']} in {r['game_id']}" for r in lacking.sort("game_id", "team").to_dicts()]
    if lacking.height:
        state = FAIL if lacking.height * 2 > teams.height else WARN
        return Finding(state, observed, f"Nothing is known of {named(said)}.")
    return passed(f"Something is known of all {teams.height} teams.", **observed)
