"""Recipes are compared on the same lines of the built-in league, and again with the same bytes."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import TEST

from tipoff.backtest.comparison import LAST_10, LINE
from tipoff.errors import InputError
from tipoff.store.lake import Lake
from tipoff.workflows.comparison import chosen, comparison, written_down
from tipoff.workflows.comparison_config import Comparison, read_comparison
from tipoff.workflows.experiments import attempts
from tipoff.workflows.shipped import shipped_text
from tipoff.workflows.train import Options

SMALL = {"iterations": 40, "learning_rate": 0.2}


def _config(**more: Any) -> Comparison:
    spans = [
        {
            "title": "February",
            "role": "decide",
            "start": TEST[0],
            "end": TEST[1],
            "line_source": "median",
        }
    ]
    recipes = [
        {"name": "trees", "seasons": "own", "model": {**SMALL, "feature_set": "v12_no_lines"}},
        {
            "name": "ridge, market",
            "seasons": "carry",
            "model": {"learner": "ridge", "refit": True, "prior": "market", "point": "median"},
        },
    ]
    asked = {"reference": "trees", "walk": {"span": 14}, "recipe": recipes, "span": spans, **more}
    return Comparison.model_validate(asked)


def _options(folder: Path) -> Options:
    return Options(folder, min_train_rows=200, min_eval_rows=50, threads=1)


def test_recipes_the_average_and_the_line_are_graded_on_the_same_rows(
    lake: Lake, tmp_path: Path
) -> None:
    config = _config()
    plans = written_down(lake, config)
    assert [plan["came_first"] for plan in plans] == ["before its window was looked at here"] * 2
    found = comparison(lake, config, tmp_path, _options(tmp_path))
    (span,) = found["spans"]
    names = [row["name"] for row in span["rows"]]
    assert names == ["trees", "ridge, market", LAST_10, LINE]
    assert len({row["mae"]["n"] for row in span["rows"]}) == 1
    assert all(run["thermometer"]["share"] is not None for run in span["runs"].values())
    own = {row["name"]: row for row in span["rows"]}
    # The league's lines know more than a mean over ten games; who looks at them does too.
    assert own["ridge, market"]["mae"]["value"] < own[LAST_10]["mae"]["value"]
    assert own["ridge, market"]["log_loss"]["value"] < own[LAST_10]["log_loss"]["value"]
    assert span["runs"]["trees"]["preregistered"]["came_first"]
    assert attempts(lake) == 2

    path = Path(found["report"])
    first = path.read_bytes()
    comparison(lake, config, tmp_path, _options(tmp_path))
    assert path.read_bytes() == first
    assert attempts(lake) == 4, "another look is another try"


def test_the_shipped_comparison_is_the_file_in_configs() -> None:
    file = Path(__file__).parents[2] / "configs" / "comparison.toml"
    assert shipped_text(file.name) == file.read_text(encoding="utf-8")
    shipped = read_comparison(None)
    assert {span.role for span in shipped.span} == {"decide", "confirm"}
    decided = chosen(shipped, ["decide"])
    assert [span.start.year for span in decided.span] == [2022, 2022, 2024]
    assert len(chosen(shipped, ["2024-25"]).span) == 2
    assert chosen(shipped, []) == shipped


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("reference = ", "Expected TOML"),
        ("nothing", "Expected TOML"),
        ("[walk]", "reference: Field required"),
    ],
)
def test_a_configuration_that_is_none_gets_a_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "comparison.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_comparison(path)


def test_what_can_not_be_compared_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Expected a comparison at"):
        read_comparison(tmp_path / "none.toml")
    with pytest.raises(InputError, match="Expected spans out of February"):
        chosen(_config(), ["March"])
    with pytest.raises(ValueError, match="expected a reference out of"):
        _config(reference="forest")
    with pytest.raises(ValueError, match="other than line"):
        _config(recipe=[{"name": "line", "seasons": "own"}], reference="line")
