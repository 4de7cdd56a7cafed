"""What walk-forwards leave behind fold by fold, so that a run that was killed goes on. Logs."""

import dataframely as dy

from tipoff.tables.table import SEASON_PATTERN, Kind, Table, moment


class FoldModel(dy.Schema):
    """One model that a fold fitted. The key is a hash of its recipe and of its training rows."""

    model_key = dy.String(primary_key=True, min_length=1)
    at = moment()
    train_start = dy.Date()
    train_end = dy.Date()
    train_rows = dy.Int64()
    train_mean = dy.Float64()
    trees = dy.Int64()
    sha256 = dy.String(metadata={"doc": "of the model's content"})
    library = dy.String()
    seconds = dy.Float64(metadata={"doc": "of fitting"})
    distribution = dy.String(nullable=True, metadata={"doc": "as JSON; null on too few rows"})
    facts = dy.String(nullable=True, metadata={"doc": "what the model gives away, as JSON"})


class FoldPrediction(dy.Schema):
    """One prediction of a fold. The key is of the model and of the rows that were predicted."""

    season = dy.String(regex=SEASON_PATTERN)
    fold_key = dy.String(primary_key=True, min_length=1)
    game_date = dy.Date()
    game_id = dy.String(primary_key=True)
    player_id = dy.String(primary_key=True)
    prediction = dy.Float64()


FOLD_MODELS = Table("fold_models", FoldModel, Kind.LOG)
FOLD_PREDICTIONS = Table("fold_predictions", FoldPrediction, Kind.LOG)
