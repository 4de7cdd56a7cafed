"""From what a box score states about players and teams to rows of boxes and of availability.

A player who did not play has no box-score line. Why he did not is a row of ``availability`` that
is known after the game only, so it never reaches a prediction of that game; who is inactive
before the tip-off is known then.
"""

from collections.abc import Mapping

import polars as pl

from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.game_rows import (
    NO_PLAYER,
    POINTS_DO_NOT_ADD_UP,
    count,
    kind_of_id,
    parsed,
)
from tipoff.sources.line_rows import refuse, team, with_name_key
from tipoff.sources.nba_logs import points_add_up
from tipoff.sources.providers.nba.fields import (
    NO_NBA_GAME,
    NOT_IN_GAME,
    NOT_OVER,
    after_game,
    as_seen,
    came_too_soon,
    counted,
    lawful,
    player_id,
    with_nba_games,
)
from tipoff.store import facts
from tipoff.tables.raw import AVAILABILITY, PLAYER_BOXES, TEAM_BOXES

COUNTS = (*facts.COUNTS, "plus_minus")
NO_MINUTES = "no minutes and no word why"
# Seconds of a team's players together in a game without overtime, less what is lost by rounding.
_WHOLE_GAME = 5 * 48 * 60 - 60
_ISO = r"^PT(\d+)M(\d+)(?:\.\d+)?S$"
_CLOCK = r"^(\d+):(\d{1,2})(?:\.\d+)?$"
_DRESSED = r"^(?i)DNP\b.*coach"


def seconds(column: str) -> pl.Expr:
    """Return seconds of "PT35M12.00S", "35:12", "35.000000:12" or whole minutes."""
    text = pl.col(column).str.strip_chars().str.replace(r"^(\d+)\.0*:", "${1}:")
    pairs = [
        text.str.extract(form, 1).cast(pl.Int32, strict=False) * 60
        + text.str.extract(form, 2).cast(pl.Int32, strict=False)
        for form in (_ISO, _CLOCK)
    ]
    whole = pl.when(text.str.contains(r"^\d{1,3}(\.\d+)?$")).then(text)
    minutes = (whole.cast(pl.Float64, strict=False) * 60).round().cast(pl.Int32, strict=False)
    return pl.coalesce(*pairs, minutes)


def player_rows(
    stated: pl.DataFrame,
    answer: Answer,
    reference: Reference,
    broken: Mapping[str, int],
    *,
    whole: pl.Expr,
) -> list[Parsed]:
    """Return a line of each player who played, and why the others did not.

    Args:
        stated: text columns ``nba_game_id, team, player_id, player_name, minutes, reason`` and
            the counts, and whether he ``is_starter``.
        answer: where they stand.
        reference: the known games.
        broken: counts of what was refused so far.
        whole: whether a row is of a game that is over, as far as the answer tells.
    """
    rows = _placed(stated, reference).with_columns(
        player_id=player_id("player_id"),
        player_name=pl.col("player_name").str.strip_chars(),
        reason=pl.col("reason").str.strip_chars(),
        seconds_played=seconds("minutes"),
        **{name: count(name) for name in COUNTS},
    )
    kept, rejected = refuse(with_name_key(rows), _unplaced({NO_PLAYER: pl.col("name_key") == ""}))
    says_why = (pl.col("reason").fill_null("") != "") & ~(pl.col("seconds_played") > 0).fill_null(
        value=False
    )
    absent, played = kept.filter(says_why), kept.filter(~says_why)
    reasons = {
        NOT_OVER: ~whole | came_too_soon(answer),
        NO_MINUTES: ~(pl.col("seconds_played") > 0).fill_null(value=False),
        POINTS_DO_NOT_ADD_UP: ~points_add_up(),
    }
    lines, incomplete = refuse(played, reasons)
    source = f"{answer.provider}_{answer.endpoint}"
    boxes = parsed(
        PLAYER_BOXES,
        lines,
        source,
        rejected=counted(broken, rejected, incomplete),
        **after_game(answer),
    )
    return [lawful(boxes), absences(absent, answer, {})]


def absences(absent: pl.DataFrame, answer: Answer, refused: Mapping[str, int]) -> Parsed:
    """Return who does not play, by the words that say why, known when the answer came.

    A coach's decision leaves a player available; who is not dressed, not with the team or
    inactive is out. Only an answer of before the tip-off was known before the game.
    """
    dressed = pl.col("reason").str.contains(_DRESSED)
    rows = absent.with_columns(
        status=pl.when(dressed).then(pl.lit("available")).otherwise(pl.lit("out"))
    )
    source = f"{answer.provider}_{answer.endpoint}"
    return lawful(parsed(AVAILABILITY, rows, source, rejected=refused, **as_seen(answer)))


def team_rows(
    stated: pl.DataFrame, answer: Answer, reference: Reference, *, whole: pl.Expr
) -> Parsed:
    """Return a line of each team.

    Args:
        stated: text columns ``nba_game_id, team, minutes`` and the counts.
        answer, reference, whole: as ``player_rows`` takes them.
    """
    rows = _placed(stated, reference).with_columns(
        seconds_played=seconds("minutes"), **{name: count(name) for name in COUNTS}
    )
    reasons = _unplaced(
        {NOT_OVER: ~whole | came_too_soon(answer), POINTS_DO_NOT_ADD_UP: ~points_add_up()}
    )
    kept, rejected = refuse(rows, reasons)
    source = f"{answer.provider}_{answer.endpoint}"
    return lawful(parsed(TEAM_BOXES, kept, source, rejected=rejected, **after_game(answer)))


def whole_games(teams: pl.DataFrame) -> pl.Expr:
    """Return whether a row's game has been played to its end, by the minutes of its teams.

    Args:
        teams: text columns ``nba_game_id, minutes``; a team without minutes tells nothing.
    """
    lasted = teams.with_columns(_seconds=seconds("minutes")).filter(
        pl.col("_seconds") < _WHOLE_GAME
    )
    return ~pl.col("nba_game_id").is_in(lasted["nba_game_id"].drop_nulls().unique().to_list())


def _placed(stated: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    rows = stated.with_columns(team=team("team"), season_type=kind_of_id("nba_game_id"))
    is_home = pl.col("team") == pl.col("home_team")
    return with_nba_games(rows, reference.games).with_columns(
        is_home=is_home, opponent=pl.when(is_home).then("away_team").otherwise("home_team")
    )


def _unplaced(others: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    own = pl.col("team")
    stranger = (own != pl.col("home_team")) & (own != pl.col("away_team"))
    return {
        NO_NBA_GAME: pl.col("game_id").is_null(),
        NOT_IN_GAME: own.is_null() | stranger,
        **others,
    }
