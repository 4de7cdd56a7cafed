"""Predictions and picks as they were made before tip-off, and their grades. Logs.

A slate is what one model says of one game date at one moment, kept in one commit and never changed.
A later slate of the same date and model supersedes it for the games it still covers.
"""

import dataframely as dy

from tipoff.tables.table import GAME_ID_PATTERN, SEASON_PATTERN, Kind, Table, moment

SETTLED, VOID = "settled", "void"


class Prediction(dy.Schema):
    """One player-game of a slate: the prediction, the line, and the pick or why there is none."""

    season = dy.String(regex=SEASON_PATTERN)
    slate = dy.Int64(primary_key=True, min=1)
    slate_hash = dy.String(min_length=64, max_length=64, metadata={"doc": "of all that it says"})
    game_date = dy.Date()
    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    player_id = dy.String(primary_key=True, min_length=1)
    player_name = dy.String()
    team = dy.String(regex=r"^[A-Z]{3}$")
    opponent = dy.String(regex=r"^[A-Z]{3}$")
    is_home = dy.Bool()
    market = dy.String()
    model_id = dy.String(min_length=64, max_length=64)
    model_name = dy.String()
    stage = dy.String(metadata={"doc": "of the model at that moment"})
    is_forced = dy.Bool(metadata={"doc": "the model was promoted against its conditions"})
    made_at = moment()
    asked_at = moment(nullable=True)
    lead_minutes = dy.Int32(min=0)
    as_of = moment()
    tip_off_at = moment()
    tip_off_basis = dy.String()
    spine_basis = dy.String()
    serving = dy.Int64(nullable=True, metadata={"doc": "of the features that it was made from"})
    lake_version = dy.Int64(nullable=True)
    code_fingerprint = dy.String()
    is_training_ready = dy.Bool(metadata={"doc": "no required feature is missing"})
    in_warm_up = dy.Bool(nullable=True)
    injury_status = dy.String(nullable=True)
    season_average = dy.Float64(nullable=True)
    last_10_average = dy.Float64(nullable=True)
    own_spread = dy.Float64(nullable=True)
    prediction = dy.Float64(nullable=True, metadata={"doc": "in the market's unit"})
    line = dy.Float64(nullable=True)
    over_price = dy.Int32(nullable=True, metadata={"doc": "American odds"})
    under_price = dy.Int32(nullable=True)
    book = dy.String(nullable=True)
    source = dy.String(nullable=True)
    observed_at = moment(nullable=True)
    observed_basis = dy.String(nullable=True)
    books = dy.Int32(nullable=True, metadata={"doc": "feeds that quoted"})
    consensus = dy.Float64(nullable=True, metadata={"doc": "median of the feeds' lines"})
    is_placeholder = dy.Bool(nullable=True)
    is_quoted = dy.Bool(metadata={"doc": "any quote on the market was known, takeable or not"})
    over_probability = dy.Float64(nullable=True)
    push_probability = dy.Float64(nullable=True)
    under_probability = dy.Float64(nullable=True)
    fair_over = dy.Float64(nullable=True, metadata={"doc": "the market's, without its margin"})
    point_edge = dy.Float64(nullable=True, metadata={"doc": "prediction minus line"})
    probability_edge = dy.Float64(
        nullable=True, metadata={"doc": "P(side) minus its fair probability, pushes left out"}
    )
    side = dy.String(nullable=True)
    price = dy.Int32(nullable=True)
    break_even = dy.Float64(nullable=True)
    stake_share = dy.Float64(nullable=True, metadata={"doc": "suggested, of the bankroll"})
    is_pick = dy.Bool()
    no_pick_reason = dy.String(nullable=True, metadata={"doc": "null for picks"})
    rank = dy.Int32(nullable=True, metadata={"doc": "among the slate's picks, best first"})
    subsets = dy.String(metadata={"doc": "names of the subsets it is in, comma-separated"})


class Grade(dy.Schema):
    """What became of a prediction, by version: a correction of the result adds one."""

    season = dy.String(regex=SEASON_PATTERN)
    game_date = dy.Date()
    slate = dy.Int64(primary_key=True, min=1)
    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    player_id = dy.String(primary_key=True, min_length=1)
    version = dy.Int64(primary_key=True, min=1)
    market = dy.String()
    model_id = dy.String(min_length=64, max_length=64)
    graded_at = moment()
    state = dy.String(check=lambda column: column.is_in([SETTLED, VOID]))
    void_reason = dy.String(nullable=True)
    actual = dy.Float64(nullable=True)
    result_known_at = moment(nullable=True)
    outcome = dy.String(nullable=True, metadata={"doc": "of the side; null without one"})
    profit = dy.Float64(nullable=True, metadata={"doc": "units per unit, at the price of the pick"})
    close_line = dy.Float64(nullable=True, metadata={"doc": "of the same book, before tip-off"})
    close_over_price = dy.Int32(nullable=True)
    close_under_price = dy.Int32(nullable=True)
    close_at = moment(nullable=True)
    close_absent = dy.String(nullable=True)
    clv_line = dy.Float64(nullable=True)
    clv_probability = dy.Float64(nullable=True)
    clv_value = dy.Float64(nullable=True)
    change = dy.String(nullable=True, metadata={"doc": "what made this version, after the first"})


class Coverage(dy.Schema):
    """One step of a slate's account: how many went on, and how many were lost for which reason."""

    game_date = dy.Date(primary_key=True)
    market = dy.String(primary_key=True)
    model_id = dy.String(primary_key=True)
    counted_at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    step = dy.String(primary_key=True)
    reason = dy.String(primary_key=True, metadata={"doc": "why lost; 'kept' for those that go on"})
    n = dy.Int64(min=0)


PREDICTIONS = Table("predictions", Prediction, Kind.LOG)
GRADES = Table("grades", Grade, Kind.LOG)
COVERAGE = Table("coverage", Coverage, Kind.LOG)
