"""How large the league is, how its players fare and how its market behaves."""

from collections.abc import Mapping
from dataclasses import dataclass

from tipoff.errors import InputError

SOURCE = "league"
ROSTER = 15
ROTATION = 10
LINED = 8
# Places in a roster, from the star to the last man of the bench, of what can be mispriced.
SEGMENTS: Mapping[str, tuple[int, ...]] = {
    "stars": (0, 1, 2),
    "starters": (0, 1, 2, 3, 4),
    "bench": tuple(range(5, ROSTER)),
}
# Smallest and largest value of each knob that is a number.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "hold": (0.0, 0.5),
    "market_error": (0.0, 0.5),
    "book_error": (0.0, 0.5),
    "book_lag": (0.0, 1.0),
    "mispricing": (-15.0, 15.0),
    "segment_mispricing": (-0.5, 0.5),
    "form_priced": (-1.0, 3.0),
    "matchup_priced": (-1.0, 3.0),
    "fatigue_priced": (-1.0, 3.0),
    "fatigue": (0.0, 8.0),
    "form_drift": (0.0, 0.1),
    "injury_rate": (0.0, 0.2),
    "injury_games": (1.0, 40.0),
    "sudden_share": (0.0, 1.0),
    "rest_rate": (0.0, 0.9),
    "role_change_rate": (0.0, 0.5),
    "role_change_size": (0.0, 2.0),
    "role_change_delay": (0, 86),
}


@dataclass(frozen=True)
class LeagueSettings:
    """Size, seed, players and market of a league.

    A share that is *priced* says how far the market goes along with something true: 1 exactly, 0
    not at all, 0.5 half of the way (as a power of the factor), 1.5 too far.

    Attributes:
        first_season: start year of the first season.
        seasons: number of seasons.
        teams: number of teams, even, of the thirty.
        games_per_team: games of each team in a season.
        seed: the same seed gives the same league.
        books: names of the books; the last one also quotes alternate lines and in the game.
        hold: the books' margin on a two-sided quote.
        market_error: standard deviation of the market's common error in its opening belief, as a
            share of the expected points.
        book_error: the same of one book's own error.
        book_lag: share of late news that a book has not priced in by its late quote.
        mispriced_book: a book that adds ``mispricing`` points to every line; none where empty.
        mispricing: that error, in points.
        mispriced_segment: stars, starters or bench; none where empty.
        segment_mispricing: share of their expected points that all books add to it.
        form_drift: standard deviation of a player's drift in form from game to game, as a share
            of his points.
        form_priced: how far the market goes along with a player's drift in form since the
            season began.
        matchup_priced: the same of opponent and place.
        fatigue_priced: the same of second nights of back-to-backs.
        fatigue: how many times as much as usually a second night costs (usually 2.5 % of
            points, while others bring half a per cent more).
        injury_rate: chance per game that a healthy player is hurt.
        injury_games: games that he then misses, on average.
        sudden_share: share of injuries that nobody knew of on the day before the first game.
        rest_rate: chance that one of a team's three best is rested on a second night.
        role_change_rate: chance per game that a player's role changes.
        role_change_size: his weight in the team's minutes then grows by this share, or shrinks
            back as much.
        role_change_delay: games until the market learns of it.
        extra_markets: quote rebounds, assists, threes and their sum as well.
    """

    first_season: int = 2021
    seasons: int = 3
    teams: int = 30
    games_per_team: int = 82
    seed: int = 7
    books: tuple[str, ...] = ("draftkings", "fanduel", "betmgm", "caesars", "bovada")
    hold: float = 0.055
    market_error: float = 0.06
    book_error: float = 0.025
    book_lag: float = 0.25
    mispriced_book: str = ""
    mispricing: float = 0.0
    mispriced_segment: str = ""
    segment_mispricing: float = 0.0
    form_drift: float = 0.012
    form_priced: float = 1.0
    matchup_priced: float = 1.0
    fatigue_priced: float = 1.0
    fatigue: float = 1.0
    injury_rate: float = 0.018
    injury_games: float = 5.0
    sudden_share: float = 0.5
    rest_rate: float = 0.12
    role_change_rate: float = 0.0
    role_change_size: float = 0.5
    role_change_delay: int = 0
    extra_markets: bool = True

    def __post_init__(self) -> None:
        """Refuse sizes and knobs that make no league."""
        if self.teams % 2 or not 4 <= self.teams <= 30:
            raise InputError(f"Expected an even number of teams from 4 to 30, got {self.teams}.")
        if not 4 <= self.games_per_team <= 86:
            raise InputError(f"Expected 4 to 86 games per team, got {self.games_per_team}.")
        if not 1 <= self.seasons <= 20:
            raise InputError(f"Expected 1 to 20 seasons, got {self.seasons}.")
        if not self.books:
            raise InputError("Expected at least one book, got none.")
        for name, (low, high) in BOUNDS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Expected {name} from {low:g} to {high:g}, got {value:g}.")
        self._refuse_idle_knobs()

    def _refuse_idle_knobs(self) -> None:
        """A knob that does nothing without another is a mistake, and is said."""
        if self.mispriced_book and self.mispriced_book not in self.books:
            raise InputError(
                f"Expected mispriced_book out of {', '.join(self.books)}; got "
                f"{self.mispriced_book!r}."
            )
        if self.mispriced_segment and self.mispriced_segment not in SEGMENTS:
            raise InputError(
                f"Expected mispriced_segment out of {', '.join(SEGMENTS)}; got "
                f"{self.mispriced_segment!r}."
            )
        for size, of in (
            ("mispricing", "mispriced_book"),
            ("segment_mispricing", "mispriced_segment"),
            ("role_change_delay", "role_change_rate"),
        ):
            if getattr(self, size) and not getattr(self, of):
                raise InputError(
                    f"Expected {of} where {size} is {getattr(self, size):g}, got none; state both."
                )
