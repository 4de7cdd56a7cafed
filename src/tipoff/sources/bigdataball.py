"""BigDataBall's play-by-play: one CSV a game, dropped into a folder hours after it.

Of the 44 columns those that tell of shots, assists and who is on the floor are read.
``original_x`` and ``original_y`` are the NBA's: tenths of feet from the hoop. ``converted_x`` and
``converted_y`` are feet on the whole court from one corner, visitors shooting at the near baseline.
"""

from datetime import datetime

import polars as pl

from tipoff.domain.clock import FILE_DROP_DELAY
from tipoff.sources import on_floor
from tipoff.sources.answer_rows import TOO_EARLY, allowed, stated_day, told_after_game
from tipoff.sources.court import zone_at
from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    NO_PLAYER,
    count,
    in_game,
    kind_of_id,
    nba_id,
    parsed,
    refuse_unplaced,
    stated_games,
)
from tipoff.sources.line_rows import has_columns, number, refuse, team, with_name_key
from tipoff.sources.on_floor import NO_FIVE, from_fives, in_every_period
from tipoff.sources.shots import NO_CLOCK, NO_ZONE, TWICE, numbered, told_twice
from tipoff.tables.raw import MADE_SHOTS, PLAYER_PERIODS, SHOTS

SOURCE = "bigdataball_play_by_play"
NO_SHOT = "no shot: another event of the game"
NO_SIDES = "the file does not tell which two teams played"
NO_RESULT = "a shot neither made nor missed"
COLUMNS = {
    "game_id",
    "date",
    "period",
    "remaining_time",
    "team",
    "event_type",
    "player",
    "result",
    "type",
    "shot_distance",
    "original_x",
    "original_y",
    "converted_x",
    "converted_y",
}
# What the rows say besides; older exports may lack it.
_FIVES = {
    "away_team": tuple(f"a{n}" for n in range(1, 6)),
    "home_team": tuple(f"h{n}" for n in range(1, 6)),
}
_SHOTS = ("shot", "miss")
# The hoops in feet on the whole court: 25 from the sideline, 5 from each baseline of 94.
_MIDDLE, _NEAR, _FAR = 25, 5, 89
# The place and the stated distance are rounded; beyond this they tell of different shots.
_LARGEST_ERROR = 3.0


def parse_rows(
    rows: pl.DataFrame, reference: Reference, fetched_at: datetime | None = None
) -> list[Parsed]:
    """Return the shots of play-by-play rows, who assisted them, and time on the floor.

    Every event that is no shot is counted as refused.

    Args:
        rows: the file's columns as text.
        reference: the known games.
        fetched_at: when the file came, if that is known.
    """
    once, repeats = _told_once(rows)
    events = once.with_columns(nba_game_id=nba_id("game_id"), _event=pl.col("event_type"))
    shots, others = refuse(
        events, {NO_SHOT: ~pl.col("_event").is_in(_SHOTS).fill_null(value=False)}
    )
    stated = _placed(shots, reference).select(
        "nba_game_id",
        "home_team",
        "away_team",
        "game_date",
        "team",
        player_name=pl.col("player").str.strip_chars(),
        player_id=pl.lit(None, pl.String),
        assist_player_name=_text(shots, "assist"),
        period=count("period"),
        seconds_left=_seconds("remaining_time"),
        is_three=pl.col("type").str.to_lowercase().str.starts_with("3pt"),
        is_made=pl.col("result").replace_strict(
            {"made": True, "missed": False}, default=None, return_dtype=pl.Boolean
        ),
        distance_feet=number("shot_distance"),
        **_place(),
    )
    zoned = stated.with_columns(
        zone=zone_at(pl.col("x_feet"), pl.col("y_feet"), pl.col("is_three")),
    )
    kept, rejected = _kept(with_name_key(zoned))
    known, basis, is_early = told_after_game(fetched_at, FILE_DROP_DELAY)
    in_time, too_early = refuse(in_game(kept, reference.games), {TOO_EARLY: is_early})
    is_home = pl.col("team") == pl.col("home_team")
    placed = numbered(in_time).with_columns(
        opponent=pl.when(is_home).then("away_team").otherwise("home_team"),
        season_type=kind_of_id("nba_game_id"),
    )
    counts = {**repeats, **others, **rejected, **too_early}
    return [
        allowed(parsed(SHOTS, placed, SOURCE, known, counts, basis)),
        allowed(stated_games(placed, SOURCE)),
        allowed(parsed(MADE_SHOTS, _made(placed), SOURCE, known, {}, basis)),
        allowed(_periods(events, placed, known, basis)),
    ]


def _told_once(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Leave out events that are told again; older exports do not number them."""
    if "play_id" not in rows.columns:
        return rows, {}
    return refuse(rows, {TWICE: told_twice("play_id")})


def _text(rows: pl.DataFrame, column: str) -> pl.Expr:
    """Return a column as text without margins; null where it is empty or not there."""
    if column not in rows.columns:
        return pl.lit(None, pl.String)
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text)


def _made(shots: pl.DataFrame) -> pl.DataFrame:
    """Number the made shots; a game without one assist does not tell who assisted."""
    made = numbered(shots.filter("is_made"))
    name = pl.col("assist_player_name")
    tells = name.is_not_null().any().over("game_id")
    return made.with_columns(is_assisted=pl.when(tells).then(name.is_not_null()))


def _periods(events: pl.DataFrame, shots: pl.DataFrame, known: pl.Expr, basis: pl.Expr) -> Parsed:
    """Return how long each player was on the floor, in games whose shots were placed."""
    if shots.is_empty() or not {*_FIVES["away_team"], *_FIVES["home_team"]} <= set(events.columns):
        return parsed(PLAYER_PERIODS, shots.clear(), SOURCE, known, {}, basis)
    games = shots.select(
        "nba_game_id",
        "game_id",
        "season",
        "season_type",
        "game_date",
        "tip_off_at",
        "home_team",
        "away_team",
    ).unique("game_id", maintain_order=True)
    rows = events.select(
        "nba_game_id",
        *[column for five in _FIVES.values() for column in five],
        game_date=stated_day("date"),
        period=count("period"),
        seconds_left=_seconds("remaining_time"),
        place=pl.int_range(pl.len(), dtype=pl.Int64),
    ).join(games, on=["nba_game_id", "game_date"], nulls_equal=True)
    sides = [
        rows.select(
            "game_id", "period", "seconds_left", "place", team=side,
            five=pl.concat_list(_text(rows, name) for name in five),
        )
        for side, five in _FIVES.items()
    ]  # fmt: skip
    found, refused = from_fives(pl.concat(sides).drop_nulls(["period", "seconds_left"]))
    named = with_name_key(
        in_every_period(found).with_columns(player_name="person", player_id=pl.lit(None, pl.String))
    )
    is_home = pl.col("team") == pl.col("home_team")
    complete = (
        on_floor.numbered(named)
        .join(games, on="game_id")
        .with_columns(opponent=pl.when(is_home).then("away_team").otherwise("home_team"))
    )
    return parsed(
        PLAYER_PERIODS, complete, SOURCE, known, {NO_FIVE: refused} if refused else {}, basis
    )


def _kept(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    measured = (pl.col("x_feet") ** 2 + pl.col("y_feet") ** 2).sqrt()
    reasons = {
        NO_SIDES: pl.any_horizontal(pl.col("home_team", "away_team").is_null()),
        NO_PLAYER: pl.col("name_key").fill_null("") == "",
        "a shooting team that did not play in the game": pl.col("team").is_null()
        | ((pl.col("team") != pl.col("home_team")) & (pl.col("team") != pl.col("away_team"))),
        NO_RESULT: pl.any_horizontal(pl.col("is_made", "is_three").is_null()),
        NO_ZONE: pl.col("zone").is_null(),
        "a place that does not fit the stated distance": (measured - pl.col("distance_feet")).abs()
        > _LARGEST_ERROR,
        NO_CLOCK: pl.any_horizontal(pl.col("period", "seconds_left").is_null()),
    }
    return refuse_unplaced(rows, reasons)


def _placed(shots: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Add date, team and sides: the known game of that id or of those two teams that day.

    The file names the sides only by where they shoot: visitors at the near baseline.
    """
    stated = shots.with_columns(team=team("team"), game_date=stated_day("date"))
    far = (number("converted_y") + number("original_y") / 10 - _FAR).abs() < 0.2
    near = (number("converted_y") - number("original_y") / 10 - _NEAR).abs() < 0.2
    by_game = ["nba_game_id", "game_date"]
    votes = (
        stated.drop_nulls(["team", "game_date"])
        .with_columns(_far=(far & ~near).cast(pl.Int32), _near=(near & ~far).cast(pl.Int32))
        .group_by(*by_game, "team")
        .agg(_home=pl.col("_far").sum() - pl.col("_near").sum())
        .sort(*by_game, "_home", "team")
    )
    found = votes.group_by(by_game, maintain_order=True).agg(
        _teams=pl.len(),
        away_team=pl.col("team").first(),
        home_team=pl.col("team").last(),
        _clear=(pl.col("_home").first() < 0) & (pl.col("_home").last() > 0),
    )
    known = reference.games.select(
        "game_date",
        _known_home="home_team",
        _known_away="away_team",
        _one=pl.min_horizontal("home_team", "away_team"),
        _two=pl.max_horizontal("home_team", "away_team"),
    ).unique(["game_date", "_one", "_two"], keep="first", maintain_order=True)
    paired = found.filter(pl.col("_teams") == 2).with_columns(
        _one=pl.min_horizontal("home_team", "away_team"),
        _two=pl.max_horizontal("home_team", "away_team"),
    )
    sides = paired.join(known, on=["game_date", "_one", "_two"], how="left").select(
        *by_game,
        home_team=pl.coalesce("_known_home", pl.when("_clear").then("home_team")),
        away_team=pl.coalesce("_known_away", pl.when("_clear").then("away_team")),
    )
    return stated.join(sides, on=by_game, how="left", nulls_equal=True, maintain_order="left")


def _place() -> dict[str, pl.Expr]:
    """Return feet from the hoop: the NBA's place, else the one on the whole court."""
    is_home = pl.col("team") == pl.col("home_team")
    x, y = number("converted_x"), number("converted_y")
    return {
        "x_feet": pl.coalesce(
            number("original_x") / 10, pl.when(is_home).then(x - _MIDDLE).otherwise(_MIDDLE - x)
        ),
        "y_feet": pl.coalesce(
            number("original_y") / 10, pl.when(is_home).then(_FAR - y).otherwise(y - _NEAR)
        ),
    }


def _seconds(column: str) -> pl.Expr:
    """Return "0:11:44" as seconds."""
    parts = [
        pl.col(column).str.extract(r"^\s*(\d{1,2}):(\d{2}):(\d{2})\s*$", place).cast(pl.Int32)
        for place in (1, 2, 3)
    ]
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def _parse(content: Content, reference: Reference) -> list[Parsed]:
    return parse_rows(content.read(""), reference)


PLAY_BY_PLAY = Format(
    name=SOURCE,
    about="BigDataBall's play-by-play of one game: its shots, with places and derived zones.",
    stage=Stage.EVENTS,
    recognises=lambda content: has_columns(content, COLUMNS),
    parse=_parse,
)
FORMATS: tuple[Format, ...] = (PLAY_BY_PLAY,)
