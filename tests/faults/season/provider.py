"""Two providers on one local server: The Odds API and NBA.com, of one made-up season.

The server spoils answers as it is told, counts credits as The Odds API does, those of answers that
went bad on their way too, and writes down what it was asked.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlencode

import polars as pl

from tests.faults.season.spoiling import SOUND, Kind, Spoiler
from tests.sources.providers.nba_site import Site, moment_of
from tests.sources.providers.odds_site import OddsSite
from tests.sources.weather import Asked, Reply, weather
from tipoff.domain.clock import eastern_date

KEY = "a-key-that-nobody-may-see"
CREDITS = 5_000_000
_NBA, _ODDS = "/nba", "/odds"


@dataclass(frozen=True)
class Seen:
    """One request, and what became of it: which provider, address, trouble, and its charge."""

    provider: str
    path: str
    params: Mapping[str, str]
    kind: Kind
    charge: int

    @property
    def address(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(sorted(self.params.items()))}"


@dataclass
class Providers:
    """What both providers know, and what they were asked so far.

    Args:
        frames: of the league's season.
        spoiler: spoils answers; None for fair weather.
        date: what NBA.com's clock states: the same at every download, so that what is known from
            when it came is known from the same moment.
        on_floor: who is on the floor when; nobody is swapped without it.
    """

    frames: Mapping[str, pl.DataFrame]
    spoiler: Spoiler | None = None
    date: datetime = field(default_factory=lambda: datetime.now(UTC))
    seen: list[Seen] = field(default_factory=list)
    used: int = 0
    on_request: Callable[[str, int], None] = lambda *_: None
    on_floor: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        """Read the season once."""
        self._nba, self._odds = Site(self.frames, self.on_floor), OddsSite(self.frames)
        self._lock = threading.Lock()
        self._times: Counter[str] = Counter()
        self._defaults: dict[str, tuple[str, Reply]] = {}

    @contextmanager
    def serving(self) -> Iterator[Mapping[str, str]]:
        """Serve as long as the context lasts; gives the environment of who is to ask."""
        with weather(self._reply) as server:
            yield {
                "TIPOFF_NBA_URL": f"{server.address}{_NBA}",
                "TIPOFF_THE_ODDS_API_URL": f"{server.address}{_ODDS}",
                "THE_ODDS_API_KEY": KEY,
                "NO_PROXY": "*",
            }

    def _reply(self, asked: Asked, _: int) -> Reply:
        provider = "nba" if asked.path.startswith(_NBA) else "the_odds_api"
        path = asked.path.removeprefix(_NBA).removeprefix(_ODDS)
        params = {k: v for k, v in asked.params.items() if k != "apiKey"}
        if provider == "nba":
            status, body = self._nba.answer(path, params)
            cost, date = 0, self.date
        elif asked.params.get("apiKey") != KEY:
            return Reply(401, b'{"message": "API key is missing or invalid"}')
        else:
            status, body, cost = self._odds.answer(path, params)
            date = datetime.now(UTC)
        good = Reply(status, body, {"date": format_datetime(date, usegmt=True)})
        return self._sent(Seen(provider, path, params, SOUND, cost), good)

    def _sent(self, seen: Seen, good: Reply) -> Reply:
        """Count a request, charge for it, and spoil its answer where that is its turn."""
        name = _endpoint(seen)
        with self._lock:
            self._times[seen.address] += 1
            time = self._times[seen.address]
            default_of, default = self._defaults.setdefault(name, (seen.address, good))
        kind, reply = SOUND, good
        if self.spoiler is not None and good.status == 200:
            other = None if default_of == seen.address else default
            kind, reply = self.spoiler.draw(seen.address, time, good, other)
        charge = seen.charge if kind.is_charged else 0
        with self._lock:
            self.used += charge
            used = self.used
            self.seen.append(Seen(seen.provider, seen.path, seen.params, kind, charge))
            number = sum(one.provider == seen.provider for one in self.seen)
        self.on_request(seen.provider, number)
        if seen.provider != "the_odds_api" or kind.name == "no bytes" or not kind.is_charged:
            return reply
        stated = {"used": used, "remaining": CREDITS - used, "last": charge}
        account = {f"x-requests-{name}": str(number) for name, number in stated.items()}
        return Reply(**{**vars(reply), "headers": {**reply.headers, **account}})


def _endpoint(seen: Seen) -> str:
    """Return what names an endpoint, whichever game or moment is asked for."""
    words = (w for w in seen.path.split("/") if not any(map(str.isdigit, w)))
    return " ".join((seen.provider, *words, seen.params.get("SeasonType", "")))


def asked_too_late(seen: list[Seen], games: pl.DataFrame) -> list[str]:
    """Return what was asked of a moment at which its game, or all games near it, had begun."""
    tips = dict(games.select("game_id", "tip_off_at").iter_rows())
    first: dict[object, datetime] = {}
    for day, tip in games.select("game_date", "tip_off_at").iter_rows():
        first[day] = min(first.get(day, tip), tip)
    return [
        one.address for one in seen if (at := _moment(one)) and at >= _start(one, at, tips, first)
    ]


def _moment(seen: Seen) -> datetime | None:
    if seen.provider == "the_odds_api":
        return datetime.fromisoformat(seen.params["date"])
    name = seen.path.rpartition("Injury-Report_")[2].removesuffix(".pdf")
    return moment_of(*name.split("_", 1)) if name[:2] == "20" else None


def _start(
    seen: Seen, at: datetime, tips: Mapping[str, datetime], first: Mapping[object, datetime]
) -> datetime:
    """Return the start before which a request is to be about."""
    if seen.provider == "nba":
        return max((tip for tip in tips.values() if tip < at + timedelta(hours=25)), default=at)
    words = seen.path.split("/")
    return tips[words[-2]] if words[-1] == "odds" else first[eastern_date(at)]
