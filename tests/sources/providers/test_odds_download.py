"""A season in two steps: events, then odds before tip-off, as a provider would answer."""

from datetime import datetime

import polars as pl
import pytest
from tests.sources.providers import odds_payloads

from tipoff.sources.answer import Answer, Request
from tipoff.sources.format import Reference
from tipoff.sources.league import LeagueSettings, generate
from tipoff.sources.line_plans import NO_EVENT, Scope, plan_history
from tipoff.sources.providers.the_odds_api import PROVIDER, events_of
from tipoff.store.lake import validated

Frames = dict[str, pl.DataFrame]
SCOPE = Scope(("points", "rebounds", "spread", "total", "moneyline"), alternates=True)


@pytest.fixture(scope="module")
def season() -> Frames:
    """The first games of a short season of four teams, of a year in which props have a history."""
    settings = LeagueSettings(first_season=2023, seasons=1, teams=4, games_per_team=4)
    frames = generate(settings).frames
    return {**frames, "games": frames["games"].sort("tip_off_at").head(4)}


def _answer(request: Request, season: Frames) -> Answer:
    """Answer as the provider does: with the newest snapshot of until then."""
    at = odds_payloads.snapshot_at(datetime.fromisoformat(request.params["date"]))
    games = odds_payloads.listed_at(season["games"], at)
    if request.endpoint == "historical_events":
        told: object = odds_payloads.events(games)
    else:
        of_game = pl.col("game_id") == request.params["event_id"]
        quotes, lines = (
            odds_payloads.known_at(season[name].filter(of_game), at)
            for name in ("prop_quotes", "game_lines")
        )
        told = odds_payloads.event_odds(games.filter(of_game).row(0, named=True), quotes, lines)
    body = odds_payloads.body(odds_payloads.historical(told, at))
    return Answer(request.provider, request.endpoint, request.params, body)


def test_a_season_comes_before_its_tip_offs_for_what_the_plan_says(season: Frames) -> None:
    games, empty = season["games"], Reference(season["games"].clear(), pl.DataFrame())
    first = plan_history(games, SCOPE)
    assert first.cost == games["game_date"].n_unique()
    answers = [_answer(request, season) for request in first.requests]
    events = pl.concat([events_of(answer, empty) for answer in answers])
    second = plan_history(games, SCOPE, events=events)
    assert NO_EVENT not in second.left_out
    assert second.cost == first.later_cost == 9 * 10 * len(second.requests)
    parts: dict[str, list[pl.DataFrame]] = {"prop_quotes": [], "game_lines": []}
    known = Reference(games, pl.DataFrame())
    for request in second.requests:
        endpoint = PROVIDER.endpoints[request.endpoint]
        for part in endpoint.parse(_answer(request, season), known):
            assert not part.rejected
            parts[part.table.name].append(validated(part.table, part.frame))
    quotes, lines = (pl.concat(parts[name]) for name in ("prop_quotes", "game_lines"))
    assert not quotes["is_after_tip_off"].any()
    assert not lines["is_after_tip_off"].any()
    tips = games.select("game_id", "tip_off_at")
    led = quotes.join(tips, on="game_id").select(
        lead=(pl.col("tip_off_at") - pl.col("observed_at")).dt.total_minutes()
    )["lead"]
    assert led.min() in range(5, 10)
    assert set(quotes["game_id"]) == set(games["game_id"])
    # Every quote that stood at an instant is there, and nothing else.
    value = ["game_id", "player_name", "market", "book", "line", "over_price", "under_price",
             "quoted_at"]  # fmt: skip
    of_games = pl.col("game_id").is_in(games["game_id"].implode())
    stated = season["prop_quotes"].filter(of_games).select(value)
    assert quotes.join(stated, on=value, how="anti").is_empty()
    assert quotes.select(value).unique().height > 0.5 * stated.unique().height
