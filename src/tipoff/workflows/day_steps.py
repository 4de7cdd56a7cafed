"""The steps of a day's job, in order; each is safe to repeat."""

from datetime import timedelta

from tipoff.domain.market import Market, market_named
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.sources.providers.catalogue import PLANNERS, PROVIDERS
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.daily_config import Daily
from tipoff.workflows.day import Day, DayStep, Report
from tipoff.workflows.day_watch import checked, fresh, outputs, reconciled, verdict
from tipoff.workflows.decay import decay_states, decayed
from tipoff.workflows.fetch import fetch
from tipoff.workflows.fetch_order import Order
from tipoff.workflows.grade import Span, grade, ungraded
from tipoff.workflows.ingest import ingest_files
from tipoff.workflows.parse_answers import parse
from tipoff.workflows.predict import Question, predict
from tipoff.workflows.publish import publish
from tipoff.workflows.refit import TOO_LITTLE, How, refit
from tipoff.workflows.world import known_games


def _fetch(day: Day) -> Report:
    """Ask every provider of the configuration, then read all answers at once."""
    asked = []
    for one in day.config.fetch:
        provider = PROVIDERS[one.provider]
        planner = PLANNERS.get(one.provider, {}).get(one.what)
        order = Order(provider, one.what, one.of(day.day), planner, credits=one.credits)
        told = fetch(day.lake, order, step=day.progress)
        kept = ("requests", "held", "asked", "failed", "left", "stopped", "credits")
        asked.append({"provider": one.provider, "what": one.what} | {n: told[n] for n in kept})
    read = parse(day.lake, PROVIDERS, step=day.progress) if asked else None
    tables = {} if read is None else {name: one["rows"] for name, one in read["tables"].items()}
    unread = [] if read is None else [row for row in read["endpoints"] if row["failed"]]
    return {"asked": asked, "tables": tables, "unread": unread}


def _unanswered(report: Report) -> str | None:
    gaps = [
        f"{row['provider']} {row['what']}: {len(row['failed']) + row['left']:,} of "
        f"{row['requests']:,} requests have no answer"
        for row in report["asked"]
        if row["failed"] or row["left"]
    ]
    unread = [f"{row['provider']} {row['endpoint']} could not be read" for row in report["unread"]]
    return "; ".join([*gaps, *unread]) or None


def _ingest(day: Day) -> Report:
    folder = day.config.inbox
    if folder is None or not folder.is_dir() or not any(folder.iterdir()):
        return {"files": 0, "rows": 0, "refused": []}
    told = ingest_files(day.lake, [folder], now=day.now, step=day.progress)
    refused = [f"{row['path']}: {row['reason']}" for row in told["files"] if row["is_stopped"]]
    rows = sum(row["rows"] for row in told["files"])
    return {"files": len(told["files"]), "rows": rows, "refused": refused}


def _refused(report: Report) -> str | None:
    return "; ".join(report["refused"]) or None


def _grade(day: Day) -> Report:
    start = day.day - timedelta(days=day.config.regrade_days)
    told = grade(day.lake, Span(start, day.day - timedelta(days=1)), now=day.now)
    return {name: value for name, value in told.items() if name != "account"}


def _decay(day: Day) -> Report:
    return decay_states(day.lake, day.day, now=day.now)


def _build(day: Day) -> Report:
    """Bring the feature rows of the season's dates before up to date."""
    season = season_of(day.day)
    games = known_games(day.lake, [season])
    dates = [d for d in games["game_date"].unique().sort().to_list() if d < day.day]
    if not dates:
        return {"planned": 0, "written": 0, "failed": 0, "failures": []}
    told = []
    for lead in sorted({model.lead_minutes for model in day.config.model}):
        request = Request(
            dates[0], dates[-1], lead_minutes=lead, markets=_markets(day.config, lead)
        )
        told.append(backfill(day.lake, request, day.progress))
    counts = {name: sum(one[name] for one in told) for name in ("planned", "written", "failed")}
    return {**counts, "failures": [f for one in told for f in one["failures"]]}


def _markets(config: Daily, lead: int) -> tuple[Market, ...]:
    names = sorted({model.market for model in config.model if model.lead_minutes == lead})
    return tuple(market_named(name) for name in names)


def _unbuilt(report: Report) -> str | None:
    if not report["failed"]:
        return None
    return f"{report['failed']} dates could not be built: {report['failures'][:3]}"


def _refit(day: Day) -> Report:
    how = How(day.now, day.threads, step=day.progress)
    return {"models": [refit(day.lake, day.config, m, day.day, how) for m in day.config.model]}


def _not_refitted(report: Report) -> str | None:
    rows = [row for row in report["models"] if row["state"] == TOO_LITTLE]
    return "; ".join(f"{row['name']}: {row['reason']}" for row in rows) or None


def _predict(day: Day) -> Report:
    markets = sorted({model.market for model in day.config.model})
    return {"markets": [_predicted(day, market, is_due_only=False) for market in markets]}


def predict_due(day: Day) -> Report:
    """Predict the games whose decision instant has come."""
    markets = sorted({model.market for model in day.config.model})
    return {"markets": [_predicted(day, market, is_due_only=True) for market in markets]}


def _predicted(day: Day, market: str, *, is_due_only: bool) -> Report:
    asked_at = None if is_due_only else day.now
    policy = day.config.picks
    question = Question(day.day, market, asked_at, is_due_only=is_due_only, policy=policy)
    try:
        return predict(day.lake, question, now=day.now, step=day.progress)
    except InputError as error:
        games = known_games(day.lake, [season_of(day.day)])
        if day.day in games["game_date"].to_list():
            raise
        # A day without games is a day off, no failure.
        return {"market": market, "state": "off day", "reason": str(error), "slates": []}


def unpredicted(report: Report) -> str | None:
    """Return why markets were not predicted though they should have been, or None."""
    fine = ("predicted", "not due", "off day", "begun")
    rows = [row for row in report["markets"] if row["state"] not in fine]
    told = [f"{row['market']}: {row['reason']}" for row in rows]
    broken = [sentence for row in report["markets"] for sentence in row.get("broken", {}).values()]
    return "; ".join([*told, *broken, *missed_decisions(report)]) or None


def missed_decisions(report: Report) -> list[str]:
    """Return a sentence for each model whose games began without a prediction of their decision."""
    return [
        f"{row['market']}, {model}: {', '.join(games)} began, not predicted at the decision"
        for row in report["markets"]
        for model, games in row.get("missed", {}).items()
    ]


def _publish(day: Day) -> Report:
    told = publish(day.lake, day.day, now=day.now)
    counts: dict[str, int] = {}
    for file in told["files"]:
        counts[file["state"]] = counts.get(file["state"], 0) + 1
    refused = [f"{f['path']}: {f['reason']}" for f in told["files"] if f["state"] == "refused"]
    kept = ("date", "out", "state", "reason", "picks", "halted")
    return {**{name: told[name] for name in kept}, "files": counts, "refused": refused}


STEPS: tuple[DayStep, ...] = (
    DayStep("fetch", "ask the providers", _fetch, negative=_unanswered, writes_rows=True),
    DayStep("ingest", "take in the inbox", _ingest, negative=_refused, writes_rows=True),
    DayStep("grade", "grade what was predicted", _grade, negative=ungraded),
    DayStep("decay", "judge how picks are doing", _decay, ("grade",), decayed),
    DayStep("build", "bring features up to date", _build, negative=_unbuilt, writes_rows=True),
    DayStep("freshness", "see what is late or missing", fresh, negative=verdict),
    DayStep("refit", "fit models that are due", _refit, ("build",), _not_refitted),
    DayStep("predict", "predict the date", _predict, negative=unpredicted),
    DayStep("publish", "publish picks and results", _publish, negative=_refused),
    DayStep("outputs", "follow what is due", outputs, negative=verdict),
    DayStep("reconcile", "name what is missing", reconciled, negative=verdict),
    DayStep("validate", "run the morning's checks", checked, negative=verdict),
)
