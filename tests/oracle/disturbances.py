"""Random disturbances of raw rows: what real providers do to a lake."""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta

import polars as pl

Frames = dict[str, pl.DataFrame]


def _some(rows: pl.DataFrame, chance: random.Random, share: float) -> pl.DataFrame:
    return rows.sample(fraction=share, seed=chance.randrange(10**6))


def _later(rows: pl.DataFrame, chance: random.Random) -> pl.DataFrame:
    hours = [chance.uniform(0.5, 24 * 20) for _ in range(rows.height)]
    late = pl.Series([timedelta(hours=h) for h in hours], dtype=pl.Duration("us"))
    return rows.with_columns(pl.col("observed_at") + late, observed_basis=pl.lit("recorded"))


def corrections(frames: Frames, chance: random.Random) -> None:
    """Newer versions of box lines and shots with other figures."""
    boxes = _later(_some(frames["player_boxes"], chance, 0.02), chance)
    more = boxes.with_columns(pl.col("points") + 1, pl.col("seconds_played") + 60)
    frames["player_boxes"] = pl.concat([frames["player_boxes"], more])
    shots = _later(_some(frames["shots"], chance, 0.005), chance)
    frames["shots"] = pl.concat([frames["shots"], shots.with_columns(~pl.col("is_made"))])


def deletions(frames: Frames, chance: random.Random) -> None:
    """Tombstones of box lines."""
    gone = _later(_some(frames["player_boxes"], chance, 0.01), chance)
    gone = gone.with_columns(is_deleted=pl.lit(value=True))
    frames["player_boxes"] = pl.concat([frames["player_boxes"], gone])


def second_source(frames: Frames, chance: random.Random) -> None:
    """A source that knows no attempts and disagrees now and then, first in precedence."""
    boxes = _some(frames["player_boxes"], chance, 0.2).with_columns(
        source=pl.lit("nba_log"),
        field_goals_attempted=pl.lit(None, pl.Int32),
        free_throws_attempted=pl.lit(None, pl.Int32),
        points=pl.when(pl.int_range(pl.len()) % 7 == 0)
        .then(pl.col("points") + 2)
        .otherwise("points"),
    )
    frames["player_boxes"] = pl.concat([frames["player_boxes"], boxes])


def unstated(frames: Frames, chance: random.Random) -> None:
    """Lines without attempts, starters or turnovers."""
    hit = _some(frames["player_boxes"].select("game_id").unique().sort("game_id"), chance, 0.1)
    columns = ("field_goals_attempted", "field_goals_made", "turnovers", "is_starter")
    inside = pl.col("game_id").is_in(hit["game_id"].implode())
    frames["player_boxes"] = frames["player_boxes"].with_columns(
        pl.when(~inside).then(pl.col(c)).alias(c) for c in columns
    )


def missing_shots(frames: Frames, chance: random.Random) -> None:
    """Whole games without shots, and a second source for some others that comes late."""
    games = frames["shots"].select("game_id").unique().sort("game_id")
    hit = _some(games, chance, 0.15)["game_id"].implode()
    kept = frames["shots"].filter(~pl.col("game_id").is_in(hit))
    other = _some(games, chance, 0.1)["game_id"].implode()
    again = kept.filter(pl.col("game_id").is_in(other)).with_columns(
        pl.col("observed_at") + timedelta(days=4),
        source=pl.lit("shot_chart"),
        is_made=pl.col("shot_number") % 2 == 0,
    )
    frames["shots"] = pl.concat([kept, again])


def assists_otherwise(frames: Frames, chance: random.Random) -> None:
    """Games whose assists nobody tells, makes without a word, late corrections, a second source."""
    makes = frames["made_shots"]
    games = makes.select("game_id").unique().sort("game_id")
    hit = _some(games, chance, 0.15)["game_id"].implode()
    kept = makes.filter(~pl.col("game_id").is_in(hit))
    silent = _some(games, chance, 0.1)["game_id"].implode()
    kept = kept.with_columns(
        is_assisted=pl.when(~pl.col("game_id").is_in(silent)).then("is_assisted")
    )
    later = _later(_some(kept, chance, 0.01), chance).with_columns(~pl.col("is_assisted"))
    gone = _later(_some(kept, chance, 0.005), chance).with_columns(is_deleted=pl.lit(value=True))
    other = _some(games, chance, 0.2)["game_id"].implode()
    again = makes.filter(pl.col("game_id").is_in(other)).with_columns(
        pl.col("observed_at") + timedelta(days=3),
        source=pl.lit("nba_play_by_play"),
        is_assisted=pl.col("shot_number") % 3 == 0,
    )
    frames["made_shots"] = pl.concat([kept, later, gone, again])


def marked_quotes(frames: Frames, chance: random.Random) -> None:
    """Alternates, stale and odd quotes, and some that came in the game."""
    quotes = frames["prop_quotes"]
    draw = pl.Series([chance.random() for _ in range(quotes.height)])
    frames["prop_quotes"] = quotes.with_columns(
        is_alternate=pl.col("is_alternate") | (draw < 0.05),
        is_stale=pl.col("is_stale") | ((draw > 0.05) & (draw < 0.1)),
        is_odd_date=pl.col("is_odd_date") | ((draw > 0.1) & (draw < 0.12)),
        line=pl.when((draw > 0.2) & (draw < 0.4)).then(pl.col("line") + 1).otherwise("line"),
        over_price=pl.when(draw < 0.9).then("over_price"),
    )


def withdrawals(frames: Frames, chance: random.Random) -> None:
    """Tombstones of quotes, game lines and reports, early and late."""
    for name in ("prop_quotes", "game_lines", "availability", "availability_reports"):
        gone = _some(frames[name], chance, 0.1)
        hours = [chance.uniform(0, 12) for _ in range(gone.height)]
        late = pl.Series([timedelta(hours=h) for h in hours], dtype=pl.Duration("us"))
        gone = gone.with_columns(pl.col("observed_at") + late, is_deleted=pl.lit(value=True))
        frames[name] = pl.concat([frames[name], gone])


def trades(frames: Frames, chance: random.Random) -> None:
    """Players who play for another team from some day on."""
    boxes = frames["player_boxes"]
    names = boxes["player_id"].unique().sort()
    for player in chance.sample(names.to_list(), 4):
        own = (pl.col("player_id") == player) & (pl.int_range(pl.len()) % 3 == 0)
        boxes = boxes.with_columns(
            team=pl.when(own).then("opponent").otherwise("team"),
            opponent=pl.when(own).then("team").otherwise("opponent"),
        )
    frames["player_boxes"] = boxes


def no_reports(frames: Frames, chance: random.Random) -> None:
    """Games without injury reports, and without lines on the game."""
    for names in (("availability", "availability_reports"), ("game_lines",)):
        games = frames[names[0]].select("game_id").unique().sort("game_id")
        hit = _some(games, chance, 0.3)["game_id"].implode()
        for name in names:
            frames[name] = frames[name].filter(~pl.col("game_id").is_in(hit))


def other_lists(frames: Frames, chance: random.Random) -> None:
    """Official lists, lists not filed, players dropped, and statements without a list."""
    rows, lists = frames["availability"], frames["availability_reports"]
    games = lists.select("game_id").unique().sort("game_id")
    official = pl.col("game_id").is_in(_some(games, chance, 0.5)["game_id"].implode())
    named = pl.when(official).then(pl.lit("nba_injury_report")).otherwise("source").alias("source")
    told = _some(rows, chance, 0.1).with_columns(
        source=pl.lit("espn_injuries"),
        status=pl.lit("doubtful"),
        observed_at=pl.col("observed_at") + timedelta(minutes=chance.randint(-600, 300)),
    )
    dropped = _some(rows.with_columns(named), chance, 0.8)
    mine = told.with_columns(report_at=pl.lit(None, pl.Datetime("us", "UTC")))

    def by_chance(share: float) -> pl.Series:
        return pl.Series([chance.random() < share for _ in range(lists.height)])

    # Lists that were not filed, pages of which the first or the last may be missing, corrections.
    filed = lists.with_columns(
        named, is_submitted=~by_chance(0.2), is_first_page=~by_chance(0.1),
        is_last_page=~by_chance(0.1),
    )  # fmt: skip
    again = _some(filed, chance, 0.1).with_columns(
        pl.col("observed_at") + timedelta(minutes=chance.randint(1, 900)), is_submitted=True
    )
    frames["availability"] = pl.concat([dropped, mine])
    frames["availability_reports"] = pl.concat([filed, again])


DISTURBANCES: tuple[Callable[[Frames, random.Random], None], ...] = (
    corrections,
    deletions,
    second_source,
    unstated,
    missing_shots,
    assists_otherwise,
    marked_quotes,
    trades,
    no_reports,
    other_lists,
    withdrawals,
)


def disturbed(frames: Mapping[str, pl.DataFrame], seed: int) -> Frames:
    """Return the frames after a random choice of disturbances, at least half of them."""
    chance = random.Random(seed)
    changed = dict(frames)
    count = chance.randint(len(DISTURBANCES) // 2, len(DISTURBANCES))
    for disturb in chance.sample(DISTURBANCES, count):
        disturb(changed, chance)
    return changed
