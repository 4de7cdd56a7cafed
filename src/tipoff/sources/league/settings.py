"""How large the league is and how its market behaves."""

from dataclasses import dataclass

from tipoff.errors import InputError

SOURCE = "league"
ROSTER = 15
ROTATION = 10
LINED = 8


@dataclass(frozen=True)
class LeagueSettings:
    """Size, seed and market of a league.

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
        injury_rate: chance per game that a healthy player is hurt.
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
    injury_rate: float = 0.018
    extra_markets: bool = True

    def __post_init__(self) -> None:
        """Refuse sizes that make no league."""
        if self.teams % 2 or not 4 <= self.teams <= 30:
            raise InputError(f"Expected an even number of teams from 4 to 30, got {self.teams}.")
        if not 4 <= self.games_per_team <= 86:
            raise InputError(f"Expected 4 to 86 games per team, got {self.games_per_team}.")
        if not 1 <= self.seasons <= 20:
            raise InputError(f"Expected 1 to 20 seasons, got {self.seasons}.")
        if not self.books:
            raise InputError("Expected at least one book, got none.")
