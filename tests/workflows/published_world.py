"""Rows of predictions, grades, halts and models made by hand, and a lake that holds them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.store.lake import Lake, append, log, open_lake
from tipoff.tables.models import MODEL_EVENTS
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.raw import GAMES
from tipoff.tables.table import Table
from tipoff.tables.watch import HALTS

DAY = date(2024, 12, 3)
NEXT = date(2024, 12, 4)
TIP_OFF = datetime(2024, 12, 4, 0, 30, tzinfo=UTC)
MORNING = datetime(2024, 12, 3, 15, tzinfo=UTC)
NOON = datetime(2024, 12, 3, 17, tzinfo=UTC)
MORNING_AFTER = datetime(2024, 12, 4, 14, tzinfo=UTC)
MODEL, OTHER = "a" * 64, "b" * 64
HOME, AWAY = "BOS", "NYK"


def game_id(day: date = DAY) -> str:
    return f"{day:%Y%m%d}_{AWAY}_{HOME}"


def prediction(player: str = "1", slate: int = 1, day: date = DAY, **said: Any) -> dict[str, Any]:
    """One row; a pick on the over of 20.5 at -110 unless told otherwise."""
    later = day - DAY
    row = {
        **dict.fromkeys(PREDICTIONS.columns),
        **{"season": "2024-25", "slate": slate, "slate_hash": f"{slate:064x}", "game_date": day},
        **{"game_id": game_id(day), "player_id": player, "player_name": f"Player {player}"},
        **{"team": HOME, "opponent": AWAY, "is_home": True, "market": "points"},
        **{"model_id": MODEL, "model_name": "recipe", "stage": "champion", "is_forced": False},
        **{"made_at": MORNING + later, "lead_minutes": 30, "tip_off_at": TIP_OFF + later},
        **{"as_of": MORNING + later, "tip_off_basis": "recorded", "spine_basis": "roster"},
        **{"code_fingerprint": "code", "is_training_ready": True, "is_quoted": True},
        **{"prediction": 24.0, "line": 20.5, "over_price": -110, "under_price": -110},
        **{"book": "draftkings", "over_probability": 0.6, "under_probability": 0.4},
        **{"push_probability": 0.0, "point_edge": 3.5, "probability_edge": 0.1, "side": "over"},
        **{"price": -110, "break_even": 110 / 210, "stake_share": 0.01, "is_pick": True},
        **{"rank": 1, "subsets": "over,top_5"},
    }
    return {**row, **said}


def no_pick(player: str, **said: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("side", "price", "break_even", "stake_share", "rank"))
    why = {"is_pick": False, "no_pick_reason": "edge too small", "subsets": ""}
    return prediction(player, **{**blank, **why, **said})


def grade(of: Mapping[str, Any], outcome: str | None, **said: Any) -> dict[str, Any]:
    profit = {"win": 100 / 110, "loss": -1.0, "push": 0.0, "void": 0.0, None: None}[outcome]
    row = {
        **dict.fromkeys(GRADES.columns),
        **{name: of[name] for name in GRADES.columns if name in of},
        **{"version": 1, "graded_at": of["tip_off_at"] + timedelta(hours=12)},
        **{"state": "void" if outcome == "void" else "settled", "outcome": outcome},
        **{"void_reason": "did not play" if outcome == "void" else None, "profit": profit},
        **{"actual": {"win": 25.0, "loss": 18.0, "push": 20.5}.get(outcome or "")},
        **{"clv_line": 0.5, "clv_probability": 0.01, "clv_value": 0.02},
    }
    return {**row, **said}


def halt(number: int, at: datetime, *, is_on: bool, market: str = "points") -> dict[str, Any]:
    said = "Twenty losses in a row." if is_on else "Looked at."
    return {
        **{"number": number, "at": at, "market": market, "reason": "blocked", "is_on": is_on},
        **{"by": "decay", "sentence": said},
    }


def champion(model_id: str = MODEL, *, is_forced: bool = False, number: int = 1) -> dict[str, Any]:
    return {
        **{"number": number, "at": datetime(2024, 12, 1, tzinfo=UTC), "model_id": model_id},
        **{"market": "points", "event": "promoted", "from_stage": "shadow"},
        **{"to_stage": "champion", "is_forced": is_forced, "by": "operator", "reason": "best"},
        "evidence": None,
    }


def frame(table: Table, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=table.columns, orient="row")


def with_games(lake: Lake, days: Sequence[date]) -> None:
    rows = [
        {
            **dict.fromkeys(GAMES.columns),
            **{"season": "2024-25", "game_date": day, "source": "nba_schedule"},
            **{"observed_at": datetime(2024, 9, 1, tzinfo=UTC), "observed_basis": "recorded"},
            **{"is_deleted": False, "game_id": game_id(day), "season_type": "regular"},
            **{"home_team": HOME, "away_team": AWAY, "tip_off_at": TIP_OFF + (day - DAY)},
        }
        for day in days
    ]
    append(lake, GAMES, frame(GAMES, rows))


def lake_of(
    folder: Path,
    predictions: Sequence[Mapping[str, Any]] = (),
    grades: Sequence[Mapping[str, Any]] = (),
    halts: Sequence[Mapping[str, Any]] = (),
    events: Sequence[Mapping[str, Any]] = (champion(),),
) -> Lake:
    """A lake with one game on each of two dates, and these rows."""
    lake = open_lake(str(folder))
    with_games(lake, [DAY, NEXT])
    add(lake, predictions, grades, halts, events)
    return lake


def add(
    lake: Lake,
    predictions: Sequence[Mapping[str, Any]] = (),
    grades: Sequence[Mapping[str, Any]] = (),
    halts: Sequence[Mapping[str, Any]] = (),
    events: Sequence[Mapping[str, Any]] = (),
) -> None:
    said = ((PREDICTIONS, predictions), (GRADES, grades), (HALTS, halts), (MODEL_EVENTS, events))
    for table, rows in said:
        log(lake, table, frame(table, rows))
