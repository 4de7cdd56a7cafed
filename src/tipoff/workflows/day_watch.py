"""The steps of a day that watch the others: freshness, outputs, reconciling and checks."""

from collections.abc import Sequence
from datetime import date

from tipoff.domain.seasons import previous_season, season_of
from tipoff.monitoring.freshness import State
from tipoff.tables.raw import PLAYER_BOXES
from tipoff.workflows.day import Day, Report
from tipoff.workflows.expected import follow, not_complete
from tipoff.workflows.freshness import Question, not_fresh, validate_freshness
from tipoff.workflows.halts import ALL, set_halt
from tipoff.workflows.reconcile import PROBLEMS, reconcile, uneven
from tipoff.workflows.validate import not_passed, validate
from tipoff.workflows.world import known_games

SCHEDULE = "pre_game_prep"
_STALE = "stale"
_NAMED = 20
_BAD = (State.LATE, State.MISSING)


def fresh(day: Day) -> Report:
    """Say what is late or missing; without the results of the last games nothing is picked.

    Features that lack the last game look like any others: picks halt until it is there.
    """
    told = validate_freshness(day.lake, Question(day.day, day.now, lead_minutes=_lead(day)))
    lacking = _lacking(told["rows"])
    sentence = f"No box score is known of {', '.join(map(str, lacking))}."
    halt = set_halt(
        day.lake,
        ALL,
        _STALE,
        is_on=bool(lacking),
        by="freshness",
        sentence=sentence if lacking else "Box scores are known again.",
        now=day.now,
    )
    bad = [row["sentence"] for row in told["rows"] if row["state"] in _BAD]
    return {
        "counts": told["counts"],
        "named": bad[:_NAMED],
        "clocks": told["clocks"],
        "halt": halt,
        "verdict": not_fresh(told),
    }


def _lacking(rows: Sequence[Report]) -> list[date]:
    """Game dates whose box scores are due and come from no source at all."""
    due = [row for row in rows if row["table"] == PLAYER_BOXES.name and row["game_date"]]
    states: dict[date, list[str]] = {}
    for row in due:
        states.setdefault(row["game_date"], []).append(row["state"])
    return sorted(d for d, own in states.items() if own and all(s in _BAD for s in own))


def outputs(day: Day) -> Report:
    """Follow what is due for the date and for the game date before it."""
    dates = [*_game_date_before(day), day.day]
    told = [follow(day.lake, one, day.now, lead_minutes=_lead(day)) for one in dates]
    verdicts = [not_complete(one) for one in told]
    return {
        "dates": [{n: one[n] for n in ("game_date", "events", "counts")} for one in told],
        "verdict": " ".join(filter(None, verdicts)) or None,
    }


def reconciled(day: Day) -> Report:
    """Name what is missing of the game date before: predictions, grades, sums."""
    told = [reconcile(day.lake, one, day.now) for one in _game_date_before(day)]
    return {
        "dates": [{n: one[n] for n in ("game_date", "expected", "counts")} for one in told],
        "named": {n: one[n][:_NAMED] for one in told for n in PROBLEMS if one[n]},
        "verdict": " ".join(filter(None, map(uneven, told))) or None,
    }


def checked(day: Day) -> Report:
    """Run the morning's checks."""
    told = validate(day.lake, SCHEDULE, day.now, day=day.day)
    kept = ("run_id", "schedule", "overall", "counts")
    bad = [row for row in told["checks"] if row["state"] != "PASS"]
    named = [f"{row['name']} {row['state']}: {row['sentence']}" for row in bad]
    return {**{n: told[n] for n in kept}, "named": named, "verdict": not_passed(told)}


def verdict(report: Report) -> str | None:
    """Return the sentence of a negative verdict, with what it names."""
    found = report["verdict"]
    if found is None:
        return None
    return " ".join([found, *map(str, report.get("named", ()))])


def _lead(day: Day) -> int:
    return min(model.lead_minutes for model in day.config.model)


def _game_date_before(day: Day) -> list[date]:
    season = season_of(day.day)
    games = known_games(day.lake, [previous_season(season), season])
    dates = [d for d in games["game_date"].unique().sort().to_list() if d < day.day]
    return dates[-1:]
