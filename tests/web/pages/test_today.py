"""The page of today: lines by book as they stood at the decision."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.web.pages.showing import shown
from tests.workflows.published_world import MORNING, frame, game_id, lake_of, prediction

from tipoff.store.lake import append
from tipoff.tables.raw import PROP_QUOTES
from tipoff.web.site.pages.today import PAGE


def _quote(book: str, minutes: int, **said: Any) -> dict[str, Any]:
    """A quote so many minutes after the decision."""
    marks = ("is_alternate", "is_stale", "is_after_tip_off", "is_placeholder_price", "is_odd_date")
    row = prediction()
    return {
        **dict.fromkeys(PROP_QUOTES.columns),
        **{name: row[name] for name in ("season", "game_date", "player_id", "player_name")},
        **{"game_id": game_id(), "name_key": "player 1", "market": "points", "book": book},
        **{"line": 20.5, "quote_number": 1, "over_price": -110, "under_price": -110},
        **{"source": "odds_api_quotes", "observed_at": MORNING + timedelta(minutes=minutes)},
        **{"observed_basis": "recorded", "is_deleted": False, **dict.fromkeys(marks, False)},
        **said,
    }


def test_lines_are_those_that_counted_at_the_decision(tmp_path: Path) -> None:
    lake = lake_of(tmp_path / "lake", [prediction()])
    rows = [
        *(_quote("draftkings", -50, line=19.5), _quote("draftkings", -20)),
        # Seen only after the decision, and taken back before it.
        *(_quote("fanduel", 5), _quote("betmgm", -50), _quote("betmgm", -9, is_deleted=True)),
    ]
    append(lake, PROP_QUOTES, frame(PROP_QUOTES, rows))
    lines = shown(PAGE, lake)["lines"].frame
    assert lines.select("book", "line", "is_taken").rows() == [("draftkings", 20.5, True)]
