"""What to ask providers of lines for, and what it costs at most, before anything is asked.

A plan is pure: it comes from games that are known already. History takes two steps, for a provider
has its own ids of games: first the events of each date, then, with what these answers say, the
lines of each event at several instants before its tip-off and at none after it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from tipoff.domain.clock import eastern_moment
from tipoff.domain.market import MARKETS, market_named
from tipoff.errors import InputError
from tipoff.sources.answer import Request
from tipoff.sources.game_lines import MARKET_NAMES
from tipoff.sources.providers import betting_pros, the_odds_api

INSTANTS = ("-24h", "-6h", "-2h", "-30m", "-5m")
PROPS_SINCE = datetime(2023, 5, 3, 5, 30, tzinfo=UTC)
GAME_LINES_SINCE = datetime(2020, 6, 6, tzinfo=UTC)
# Snapshots were taken every ten minutes, then every five.
FINER_SINCE = datetime(2022, 9, 1, tzinfo=UTC)
COARSE, FINE = timedelta(minutes=10), timedelta(minutes=5)
NO_TIP_OFF = "games without a known tip-off, before which nothing can be timed"
NO_EVENT = "games that no answer about events names"
TOO_EARLY = "instants before the provider's history begins"
TO_COME = "instants that are still to come"
UNDER_WAY = "games that have started"
_GAME_KEYS = {"spread": "spreads", "total": "totals", "moneyline": "h2h"}
_LENGTH = re.compile(r"-(\d{1,4})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}

# How long a list of today's events, and odds as they are now, need not be asked for again.
LISTED_FOR = timedelta(minutes=30)
QUOTED_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Plan:
    """Requests in the order in which to send them.

    Attributes:
        requests: what to ask.
        cost: credits that they cost at most.
        later_cost: credits at most of the step that their answers allow.
        left_out: how many games or instants are not asked for, by reason.
    """

    requests: tuple[Request, ...]
    cost: int
    later_cost: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """Which lines are asked for.

    Attributes:
        markets: player markets, and spread, total or moneyline.
        regions: whose books, where ``books`` names none.
        books: keys of the provider's books.
        alternates: whether ladders are asked for too, each as a market of its own.
    """

    markets: tuple[str, ...]
    regions: tuple[str, ...] = ("us",)
    books: tuple[str, ...] = ()
    alternates: bool = False

    @property
    def since(self) -> datetime:
        """When the provider's history of all of these lines begins."""
        has_props = any(name.strip().lower() not in MARKET_NAMES for name in self.markets)
        return PROPS_SINCE if has_props or self.alternates else GAME_LINES_SINCE

    def params(self) -> dict[str, str]:
        """Return the params of The Odds API that ask for these lines.

        Raises:
            InputError: a market is not known, or none is named.
        """
        if not self.markets:
            raise InputError("Expected at least one market to ask for, got none.")
        keys = [key for name in self.markets for key in self._keys(name.strip().lower())]
        books = {"bookmakers": ",".join(self.books)} if self.books else {}
        regions = {} if self.books else {"regions": ",".join(self.regions)}
        shown = {"oddsFormat": "american", "dateFormat": "iso"}
        return {"markets": ",".join(dict.fromkeys(keys)), **books, **regions, **shown}

    def _keys(self, name: str) -> list[str]:
        if name in MARKET_NAMES:
            key = _GAME_KEYS[MARKET_NAMES[name]]
            has_ladder = self.alternates and key != "h2h"
            return [key, f"alternate_{key}"] if has_ladder else [key]
        market = market_named(name)
        key = next(s for s in market.spellings if s.startswith("player_"))
        return [key, f"{key}_alternate"] if self.alternates else [key]


def plan_history(
    games: pl.DataFrame,
    scope: Scope,
    instants: Sequence[str] = INSTANTS,
    events: pl.DataFrame | None = None,
    now: datetime | None = None,
) -> Plan:
    """Return the first step of a download of history, or the second where events are known.

    Args:
        games: ``game_id, game_date, tip_off_at``.
        scope: which lines.
        instants: lengths of time before tip-off, such as ``-24h``, ``-30m`` or ``-2d``.
        events: ``event_id, commence_at, game_id`` of the answers of the first step
            (``the_odds_api.events_of``); null for the first step.
        now: what is later is not asked for.

    Raises:
        InputError: an instant is not before tip-off, a market is not known, or a game was played
            before the provider's history begins.
    """
    leads = [_lead(instant) for instant in instants]
    _refuse_early(games, scope)
    timed = games.drop_nulls("tip_off_at")
    left_out = {NO_TIP_OFF: games.height - timed.height}
    if events is None:
        found = timed.with_columns(event_id="game_id", start="tip_off_at")
    else:
        # A start that was moved within the date: nothing is asked of after the earliest.
        listed = events.group_by("game_id", "event_id").agg(pl.col("commence_at").min())
        found = timed.join(listed, on="game_id").with_columns(
            start=pl.min_horizontal("tip_off_at", "commence_at")
        )
        left_out[NO_EVENT] = timed.height - found["game_id"].n_unique()
    asked, not_asked = _instants(found, leads, scope, now)
    odds = [
        Request(the_odds_api.NAME, "historical_event_odds", {**scope.params(), **row})
        for row in asked.iter_rows(named=True)
    ]
    if events is not None:
        return _plan(odds, {**left_out, **not_asked})
    days = timed.join(asked.select(game_id="event_id").unique(), on="game_id", how="semi")
    step = _plan(_lookups(days), {**left_out, **not_asked})
    return Plan(step.requests, step.cost, _cost(odds), step.left_out)


def plan_day(day: date) -> Plan:
    """Return the request for the events of a date, US Eastern; it costs nothing."""
    start, end = (eastern_moment(d, time(0)) for d in (day, day + timedelta(days=1)))
    params = {
        "commenceTimeFrom": _iso(start),
        "commenceTimeTo": _iso(end - timedelta(seconds=1)),
        "dateFormat": "iso",
    }
    return _plan([Request(the_odds_api.NAME, "events", params, good_for=LISTED_FOR)], {})


def plan_odds(events: pl.DataFrame, scope: Scope, now: datetime) -> Plan:
    """Return the requests for the odds, as they are now, of events that have not started.

    Args:
        events: ``event_id, commence_at`` (``the_odds_api.events_of``).
        scope: which lines.
        now: the current moment.
    """
    ahead = events.filter(pl.col("commence_at") > now).sort("commence_at", "event_id")
    requests = [
        Request(
            the_odds_api.NAME,
            "event_odds",
            {**scope.params(), "event_id": event_id},
            good_for=QUOTED_FOR,
        )
        for event_id in ahead["event_id"].unique(maintain_order=True)
    ]
    return _plan(requests, {UNDER_WAY: events.height - ahead.height})


def plan_dates(days: Sequence[date]) -> Plan:
    """Return the requests for BettingPros' events of dates."""
    return _plan(
        [Request(betting_pros.NAME, "events", {"sport": "NBA", "date": f"{d}"}) for d in days], {}
    )


def plan_offers(events: pl.DataFrame, markets: Sequence[str]) -> Plan:
    """Return the requests for the first pages of BettingPros' offers, one per event.

    The other pages follow from each answer (``betting_pros.further_pages``).

    Args:
        events: ``event_id, commence_at, home_team, away_team`` (``betting_pros.events_of``).
        markets: player markets.

    Raises:
        InputError: a market is not known, or BettingPros has none such.
    """
    ids = ":".join(_market_id(name) for name in markets)
    requests = [
        Request(
            betting_pros.NAME,
            "offers",
            {"sport": "NBA", "market_id": ids, "event_id": event_id, "limit": "10", "page": "1"},
            about=betting_pros.about_event(event_id, away, home, start),
        )
        for event_id, start, home, away in events.select(
            "event_id", "commence_at", "home_team", "away_team"
        ).iter_rows()
    ]
    return _plan(requests, {})


def _market_id(name: str) -> str:
    market = market_named(name)
    found = next((spelling for spelling in market.spellings if spelling.isdigit()), None)
    if found is None:
        known = ", ".join(m.name for m in MARKETS.values() if any(map(str.isdigit, m.spellings)))
        raise InputError(f"Expected markets that BettingPros has ({known}), got {name!r}.")
    return found


def _lead(instant: str) -> timedelta:
    match = _LENGTH.fullmatch(instant.strip())
    if match is None or int(match[1]) == 0:
        raise InputError(
            f"Expected an instant before tip-off such as -24h, -30m or -2d, got {instant!r}; "
            "lines of after tip-off know the game."
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _refuse_early(games: pl.DataFrame, scope: Scope) -> None:
    first = games["game_date"].min()
    if isinstance(first, date) and first < scope.since.date():
        raise InputError(
            f"Expected games from {scope.since:%Y-%m-%d} on, for The Odds API has no "
            f"{', '.join(scope.markets)} of before, got {first}. Start there (game lines without "
            f"alternates: {GAME_LINES_SINCE:%Y-%m-%d}), or take earlier lines from elsewhere."
        )


def _instants(
    found: pl.DataFrame, leads: Sequence[timedelta], scope: Scope, now: datetime | None
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return ``event_id, date`` on the grid of snapshots, in order of time, and what is left out.

    The grid is taken downwards and the provider answers with the newest snapshot of until then, so
    that none is of after the start.
    """
    before = pl.DataFrame({"lead": list(leads)}, schema={"lead": pl.Duration("us")})
    at = pl.col("start") - pl.col("lead")
    coarse, fine = (at.dt.truncate(f"{step.seconds // 60}m") for step in (COARSE, FINE))
    asked = (
        found.join(before, how="cross")
        .select("event_id", at=pl.when(at < FINER_SINCE).then(coarse).otherwise(fine))
        .unique()
        .sort("at", "event_id")
    )
    is_early = pl.col("at") < scope.since
    is_late = pl.lit(value=False) if now is None else pl.col("at") > now
    left_out = {
        TOO_EARLY: asked.filter(is_early).height,
        TO_COME: asked.filter(~is_early, is_late).height,
    }
    text = pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return asked.filter(~is_early, ~is_late).select("event_id", date=text), left_out


def _lookups(games: pl.DataFrame) -> list[Request]:
    """Ask for the events of each date once, when its first game has not started."""
    first = games.group_by("game_date").agg(pl.col("tip_off_at").min()).sort("game_date")
    at = first.select((pl.col("tip_off_at") - FINE).dt.truncate("10m")).to_series()
    return [
        Request(the_odds_api.NAME, "historical_events", {"date": _iso(moment)}) for moment in at
    ]


def _plan(requests: Sequence[Request], left_out: Mapping[str, int]) -> Plan:
    counts = {reason: number for reason, number in left_out.items() if number}
    return Plan(tuple(requests), _cost(requests), 0, counts)


def _cost(requests: Sequence[Request]) -> int:
    known = {provider.name: provider for provider in (the_odds_api.PROVIDER, betting_pros.PROVIDER)}
    return sum(known[r.provider].endpoints[r.endpoint].cost(r.params) for r in requests)


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
