"""Graded player-games: the rows that the numbers of runs are computed from. A log.

Rows belong to a hash of their own content: runs that graded the same rows share them.
"""

import dataframely as dy

from tipoff.tables.table import SEASON_PATTERN, Kind, Table, moment


class GradedRow(dy.Schema):
    """One player-game with a takeable line, a prediction and what came of it."""

    season = dy.String(regex=SEASON_PATTERN)
    rows_hash = dy.String(primary_key=True, min_length=1)
    game_date = dy.Date()
    game_id = dy.String(primary_key=True)
    player_id = dy.String(primary_key=True)
    player_name = dy.String(nullable=True)
    team = dy.String()
    opponent = dy.String()
    prediction = dy.Float64()
    actual = dy.Float64(nullable=True, metadata={"doc": "null where he did not play"})
    line = dy.Float64()
    over_price = dy.Int32(nullable=True, metadata={"doc": "American odds"})
    under_price = dy.Int32(nullable=True)
    book = dy.String()
    source = dy.String()
    observed_at = moment()
    observed_basis = dy.String()
    is_placeholder = dy.Bool()
    consensus = dy.Float64(nullable=True, metadata={"doc": "median of the feeds' lines"})
    is_training_ready = dy.Bool()
    in_warm_up = dy.Bool(nullable=True, metadata={"doc": "values with too little history"})
    edge = dy.Float64(metadata={"doc": "prediction minus line, in the market's unit"})
    side = dy.String(nullable=True)
    outcome = dy.String(nullable=True)
    break_even = dy.Float64(nullable=True)
    season_average = dy.Float64(nullable=True)
    last_10_average = dy.Float64(nullable=True)
    own_spread = dy.Float64(nullable=True)
    model = dy.Int64(metadata={"doc": "which of the run's models predicted it"})
    unaudited_line = dy.Float64(nullable=True, metadata={"doc": "the line without the audit"})
    unaudited_outcome = dy.String(nullable=True)
    unaudited_profit = dy.Float64(nullable=True)
    over_probability = dy.Float64(nullable=True)
    push_probability = dy.Float64(nullable=True)
    under_probability = dy.Float64(nullable=True)
    crps = dy.Float64(nullable=True)
    integral_low = dy.Float64(nullable=True, metadata={"doc": "P(count < actual)"})
    integral_high = dy.Float64(nullable=True, metadata={"doc": "P(count <= actual)"})
    low_50 = dy.Float64(nullable=True)
    high_50 = dy.Float64(nullable=True)
    held_50 = dy.Float64(nullable=True)
    low_80 = dy.Float64(nullable=True)
    high_80 = dy.Float64(nullable=True)
    held_80 = dy.Float64(nullable=True)
    low_90 = dy.Float64(nullable=True)
    high_90 = dy.Float64(nullable=True)
    held_90 = dy.Float64(nullable=True)
    fair_over = dy.Float64(nullable=True, metadata={"doc": "the market's, without its margin"})
    audit = dy.String(nullable=True, metadata={"doc": "passes, or the conditions that fail"})
    profit = dy.Float64(nullable=True, metadata={"doc": "units per unit staked; null if not taken"})
    close_line = dy.Float64(nullable=True, metadata={"doc": "of the same book, before tip-off"})
    close_over_price = dy.Int32(nullable=True)
    close_under_price = dy.Int32(nullable=True)
    close_at = moment(nullable=True)
    close_lead = dy.Float64(nullable=True, metadata={"doc": "minutes before tip-off"})
    close_absent = dy.String(nullable=True, metadata={"doc": "why there is no close"})
    clv_line = dy.Float64(nullable=True, metadata={"doc": "closing line value in line"})
    clv_probability = dy.Float64(nullable=True, metadata={"doc": "closing line value"})
    clv_value = dy.Float64(nullable=True, metadata={"doc": "units per unit staked"})


GRADED_ROWS = Table("graded_rows", GradedRow, Kind.LOG)
