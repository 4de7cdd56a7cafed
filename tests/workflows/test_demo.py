"""The demonstration shows an honest table and the planted leak, and judges itself."""

from pathlib import Path
from typing import Any

import pytest

from tipoff.errors import InputError, TipoffError
from tipoff.sources.league import LeagueSettings
from tipoff.store.lake import Lake, table_hash
from tipoff.tables.raw import GAMES
from tipoff.workflows import demo as module
from tipoff.workflows.demo import demo

TINY = LeagueSettings(seasons=1, teams=8, games_per_team=60, extra_markets=False)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return demo(tmp_path_factory.mktemp("demo") / "a folder", TINY)


def test_every_loss_is_run_clean_and_planted(shown: dict[str, Any]) -> None:
    seen = [(run["plant"], run["spec"]["loss"]) for run in shown["runs"]]
    losses = ["Huber:delta=5", "MAE", "RMSE"]
    assert seen == [(plant, loss) for plant in (None, "inclusive-date") for loss in losses]
    assert shown["seconds"]["total"] > 0


def test_only_the_planted_fault_looks_like_a_leak(shown: dict[str, Any]) -> None:
    for run in shown["runs"]:
        if run["plant"]:
            assert run["verdict"] == "leak suspected"
            assert run["lines"]["hr"]["3"]["rate"] > 0.75
        else:
            assert run["verdict"] != "leak suspected"
            assert run["lines"]["mae"] > 0.97 * run["lines"]["line_mae"]


def test_the_documents_need_nothing_else(shown: dict[str, Any]) -> None:
    clean = Path(shown["report"]["clean"]["html"]).read_text(encoding="utf-8")
    planted = Path(shown["report"]["planted"]["html"]).read_text(encoding="utf-8")
    assert "LEAK SUSPECTED" not in clean
    assert '<h1 class="leak">LEAK SUSPECTED' in planted
    for page in (clean, planted):
        assert page.count("<svg") == 1
        assert "src=" not in page
        assert "<link" not in page
        assert "<script" not in page
        assert "FEB23" in page


def test_a_lake_with_other_games_is_refused_and_left_as_it_was(
    raw_lake: Lake, tmp_path: Path
) -> None:
    before = table_hash(raw_lake, GAMES)
    with pytest.raises(InputError, match=r"holds 4.* other games"):
        demo(tmp_path, TINY, lake=raw_lake)
    assert table_hash(raw_lake, GAMES) == before


def test_an_alarm_that_stays_silent_fails_the_demonstration(
    shown: dict[str, Any],
) -> None:
    planted = [run for run in shown["runs"] if run["plant"]]
    clean = [run for run in shown["runs"] if not run["plant"]]
    quiet = [{**run, "alarm": [{"name": "any", "passed": True}]} for run in planted]
    report = {"html": "page"}
    with pytest.raises(TipoffError, match="stayed silent"):
        module._refuse_surprise(
            {
                "clean": {"runs": clean, "report": report},
                "planted": {"runs": quiet, "report": report},
            }
        )
    with pytest.raises(TipoffError, match="no clean run"):
        module._refuse_surprise(
            {
                "clean": {"runs": planted, "report": report},
                "planted": {"runs": [], "report": report},
            }
        )
