"""Files as providers write them, made of the league's rows."""

import polars as pl

NBA = {
    "PTS": "points", "FGM": "field_goals_made", "FGA": "field_goals_attempted",
    "FG3M": "threes_made", "FG3A": "threes_attempted", "FTM": "free_throws_made",
    "FTA": "free_throws_attempted", "OREB": "offensive_rebounds", "DREB": "defensive_rebounds",
    "REB": "rebounds", "AST": "assists", "STL": "steals", "BLK": "blocks", "TOV": "turnovers",
    "PF": "fouls", "PLUS_MINUS": "plus_minus",
}  # fmt: skip


def box_log(boxes: pl.DataFrame) -> pl.DataFrame:
    """The league's box scores as the NBA writes them."""
    mark = pl.when("is_home").then(pl.lit(" vs. ")).otherwise(pl.lit(" @ "))
    return boxes.select(
        PLAYER_ID="player_id",
        PLAYER_NAME="player_name",
        TEAM_ABBREVIATION="team",
        GAME_ID=pl.lit("unknown"),
        GAME_DATE=pl.col("game_date").cast(pl.String),
        MATCHUP=pl.concat_str("team", mark, "opponent"),
        MIN=pl.col("seconds_played") // 60,
        **NBA,
    )


def daily_lines(quotes: pl.DataFrame) -> pl.DataFrame:
    """One book's last quotes as a daily file, without ids."""
    last = quotes.filter(
        pl.col("market") == "points",
        pl.col("book") == "draftkings",
        ~pl.col("is_alternate"),
        ~pl.col("is_after_tip_off"),
    ).sort("observed_at")
    once = last.unique(["game_id", "name_key"], keep="last", maintain_order=True)
    return once.select(
        file_date=pl.col("game_date").cast(pl.String),
        game=pl.col("game_id").str.slice(9),
        away=pl.col("game_id").str.slice(9, 3),
        home=pl.col("game_id").str.slice(13, 3),
        player=pl.col("player_name").str.to_lowercase(),
        market=pl.lit("pts"),
        line="line",
        over_price="over_price",
        under_price="under_price",
        bookmaker=pl.lit("dk"),
    )
