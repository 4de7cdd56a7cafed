from typing import Any

import polars as pl
import pytest
from tests.backtest.runs import NO_QUOTES, lines_of, run
from tests.models.synthetic import feature_rows

from tipoff.backtest.evaluation import with_lines
from tipoff.backtest.gates import GATES_FAILED, LEAK_SUSPECTED
from tipoff.domain.market import MARKETS


@pytest.fixture(scope="module")
def honest() -> tuple[dict[str, Any], pl.DataFrame]:
    return run()


def test_an_honest_model_of_a_sharp_line_raises_no_alarm(
    honest: tuple[dict[str, Any], pl.DataFrame],
) -> None:
    report, _ = honest
    assert [c["name"] for c in report["alarm"] if not c["passed"]] == []
    assert report["verdict"] == GATES_FAILED
    assert report["lines"]["mae"] > 0.95 * report["lines"]["line_mae"]


def test_a_feature_that_knows_the_outcome_raises_the_alarm() -> None:
    report, _ = run(leak=True)
    assert report["verdict"] == LEAK_SUSPECTED
    raised = {c["name"] for c in report["alarm"] if not c["passed"]}
    assert {"mae_to_line", "hit_rate_at_edge_3", "hit_rate_at_edge_1"} <= raised


def test_every_player_game_with_a_line_is_graded_played_or_not_ready_or_not(
    honest: tuple[dict[str, Any], pl.DataFrame],
) -> None:
    report, on_lines = honest
    lined = feature_rows(days=70, players=20).filter(
        pl.col("game_date") >= on_lines["game_date"].min(), pl.col("player_id") % 5 != 0
    )
    assert on_lines.height == lined.height
    assert report["lines"]["voids"] == lined["actual"].null_count() > 0
    assert report["lines"]["n"] == lined["actual"].count()
    assert 0 < report["lines"]["ready_share"] < 1


def test_all_means_all_ready_player_games_with_a_line_or_not(
    honest: tuple[dict[str, Any], pl.DataFrame],
) -> None:
    report, on_lines = honest
    ready = feature_rows(days=70, players=20).filter(
        pl.col("game_date") >= on_lines["game_date"].min(),
        pl.col("is_training_ready"),
        pl.col("actual").is_not_null(),
    )
    assert report["all"]["n"] == ready.height
    assert report["all"]["mae"] < report["all"]["constant_mae"]


def test_two_lines_for_one_player_game_are_a_fault() -> None:
    rows = feature_rows(days=3).with_columns(prediction=pl.lit(10.0), model=pl.lit(0))
    lines = lines_of(rows)
    with pytest.raises(pl.exceptions.ComputeError, match="1:1"):
        with_lines(rows, pl.concat([lines, lines]), {}, MARKETS["points"], NO_QUOTES)
