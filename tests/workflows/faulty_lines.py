"""Files of lines and box scores that tell of others than they should: faults that a gate stops."""

from collections.abc import Callable

import polars as pl

from tipoff.domain.teams import TEAM_CODES

Fault = Callable[[pl.DataFrame], pl.DataFrame]

# One off in the list of all teams.
_NEXT = dict(zip(TEAM_CODES, [*TEAM_CODES[1:], TEAM_CODES[0]], strict=True))


def other_sport(lines: pl.DataFrame) -> pl.DataFrame:
    """Players and teams of another league."""
    club = pl.concat_str(pl.lit("fc "), pl.col("home").str.to_lowercase())
    guest = pl.concat_str(pl.lit("real "), pl.col("away").str.to_lowercase())
    return lines.with_columns(home=club, away=guest, game=pl.concat_str(guest, pl.lit("@"), club))


def other_league(lines: pl.DataFrame) -> pl.DataFrame:
    """Teams of the same cities with players of another league."""
    return lines.with_columns(player=pl.col("player").str.reverse())


def teams_one_off(lines: pl.DataFrame) -> pl.DataFrame:
    """A table of teams that is off by one."""
    return lines.with_columns(pl.col("home", "away").replace(_NEXT))


def names_one_game_off(lines: pl.DataFrame) -> pl.DataFrame:
    """Each player stands with the game of another."""
    return lines.with_columns(pl.col("player").shift(40).fill_null(pl.col("player").last()))


def one_name_for_all(lines: pl.DataFrame) -> pl.DataFrame:
    """A column that holds another thing now, beginning with some players as before."""
    number = pl.int_range(pl.len())
    return lines.with_columns(
        player=pl.when(number < 5).then("player").otherwise(pl.concat_str(pl.lit("total "), "game"))
    )


def half_misspelt(lines: pl.DataFrame) -> pl.DataFrame:
    """A wrong decoding that spoils every name with one letter of it."""
    return lines.with_columns(pl.col("player").str.replace_all("a", "Ã¤z"))


LINES: dict[str, tuple[Fault, str]] = {
    "other sport": (other_sport, "teams"),
    "other league": (other_league, "players"),
    "teams one off": (teams_one_off, "games"),
    "names one game off": (names_one_game_off, "places"),
    "another column": (one_name_for_all, "players"),
    "half misspelt": (half_misspelt, "players"),
}


def names_one_row_off(log: pl.DataFrame) -> pl.DataFrame:
    """Names that stand beside the ids of others."""
    return log.with_columns(pl.col("PLAYER_NAME").shift(1).fill_null("Nobody Atall"))


def dates_one_off(log: pl.DataFrame) -> pl.DataFrame:
    """Dates of another clock."""
    moved = pl.col("GAME_DATE").str.to_date() + pl.duration(days=1)
    return log.with_columns(GAME_DATE=moved.cast(pl.String))


BOXES: dict[str, tuple[Fault, str]] = {
    "names one row off": (names_one_row_off, "ids"),
    "dates one off": (dates_one_off, "games"),
}


def turned(lines: pl.DataFrame) -> pl.DataFrame:
    """Names as "last, first"."""
    return lines.with_columns(pl.col("player").str.replace(r"^(\S+) (.*)$", "${2}, ${1}"))


def initials(lines: pl.DataFrame) -> pl.DataFrame:
    """Names as "j. tatum"."""
    return lines.with_columns(pl.col("player").str.replace(r"^(\S)\S* (.*)$", "${1}. ${2}"))


def shouted(lines: pl.DataFrame) -> pl.DataFrame:
    """Names in capitals, with odd blanks."""
    return lines.with_columns(pl.col("player").str.to_uppercase().str.replace(" ", "\u00a0 "))


# Spellings that are no fault.
SPELLINGS: dict[str, Fault] = {"turned": turned, "initials": initials, "shouted": shouted}
