"""What counts of predictions and grades: of each game the newest slate, the newest versions."""

import polars as pl

_ROW = ["slate", "game_id", "player_id"]


def current_predictions(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep of each model and game the newest slate that was made before tip-off.

    A newer slate stands for the whole game: who is not on it any more is not predicted any more.

    Args:
        rows: of ``predictions``.
    """
    in_time = rows.filter(pl.col("made_at") < pl.col("tip_off_at"))
    newest = pl.col("slate").max().over("market", "model_id", "game_date", "game_id")
    return in_time.filter(pl.col("slate") == newest).sort(
        "game_date", "market", "model_id", "game_id", "player_id"
    )


def current_grades(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the newest version of each grade.

    Args:
        rows: of ``grades``.
    """
    # Two graders that end at once may both have written a version; they say the same.
    newest = pl.col("version") == pl.col("version").max().over(_ROW)
    return rows.filter(newest).sort(*_ROW, "graded_at").unique(_ROW, keep="first").sort(_ROW)
