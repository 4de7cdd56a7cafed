"""The takeable-line audit on the built-in league: the sound passes, the planted is found."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from tipoff.backtest.line_audit import CONDITIONS, audit_summary, audited, with_audit
from tipoff.backtest.line_moves import VARIANCE_RATIOS, line_probabilities, mean_at
from tipoff.cli.app import app
from tipoff.domain.market import MARKETS
from tipoff.store.lake import Lake
from tipoff.workflows.dataset import Dataset, dataset

POINTS = MARKETS["points"]
KEY = ["game_id", "player_id", "source", "book"]


@pytest.fixture(scope="module")
def data(built_lake: Lake) -> Dataset:
    return dataset(built_lake, ["2022-23"], with_market=False)


@pytest.fixture(scope="module")
def rows(data: Dataset) -> pl.DataFrame:
    return audited(data.closing_quotes, POINTS)


def test_main_lines_pass_and_alternates_fail(rows: pl.DataFrame) -> None:
    main = rows.filter(~pl.col("is_alternate"))
    # A line that moved late is new, and fails for that; nothing else is wrong with main lines.
    wrong = main.filter(~pl.col("fails").is_in(["", "seen_before"]))
    assert wrong.height < 0.02 * main.height
    assert not rows.filter("is_alternate")["main_line"].any()
    assert rows.filter(~pl.col("is_takeable"))["fails"].str.len_chars().min() > 0  # type: ignore[operator]


def test_each_quote_of_a_books_last_moment_is_judged_once(
    data: Dataset, rows: pl.DataFrame
) -> None:
    key = [*KEY, "line", "observed_at", "quote_number"]
    assert rows.select(key).is_unique().all()
    early = data.closing_quotes.filter(pl.col("observed_at") <= pl.col("as_of"))
    last = early.group_by(KEY).agg(last=pl.col("observed_at").max())
    joined = rows.filter("in_time").join(last, on=KEY, how="left")
    assert (joined["observed_at"] == joined["last"]).all()


def _with_prices_of(quotes: pl.DataFrame, book: str, points: float) -> pl.DataFrame:
    """Plant the fault: a book's main lines with fair prices of lines some points away."""
    line = quotes["line"].to_numpy()
    ratio = VARIANCE_RATIOS["points"]
    fair = line_probabilities(mean_at(line, 0.0 * line + 0.5, ratio), line + points, ratio)
    prices = fair.fair_over.clip(0.1, 0.9)

    def american(share: pl.Expr) -> pl.Expr:
        odds = pl.when(share >= 0.5).then(-100 * share / (1 - share))
        return odds.otherwise(100 * (1 - share) / share).round().cast(pl.Int32)

    own = (pl.col("book") == book) & ~pl.col("is_alternate")
    return (
        quotes.with_columns(_over=pl.Series(prices))
        .with_columns(
            over_price=pl.when(own).then(american(pl.col("_over"))).otherwise("over_price"),
            under_price=pl.when(own).then(american(1 - pl.col("_over"))).otherwise("under_price"),
        )
        .drop("_over")
    )


@pytest.mark.parametrize("points", [-3.0, 3.0])
def test_prices_that_belong_to_another_line_are_found(
    data: Dataset, rows: pl.DataFrame, points: float
) -> None:
    high = data.closing_quotes.filter(pl.col("line") >= 10)
    forged = audited(_with_prices_of(high, "betmgm", points), POINTS)
    planted = forged.filter(pl.col("book") == "betmgm", ~pl.col("is_alternate"))
    assert (~planted["price_fits_line"]).mean() > 0.9  # type: ignore[operator]
    others = forged.filter(pl.col("book").is_in(["draftkings", "fanduel"]))
    assert (~others["price_fits_line"]).mean() < 0.03  # type: ignore[operator]
    assert (~rows["price_fits_line"]).mean() < 0.03  # type: ignore[operator]


def test_books_of_one_feed_count_once(data: Dataset) -> None:
    names = {"draftkings": "betrivers", "fanduel": "unibet"}
    kambi = data.closing_quotes.with_columns(pl.col("book").replace(names))
    found = audited(kambi, POINTS).filter(pl.col("book").is_in(list(names.values())))
    both = found.filter(pl.col("book").n_unique().over("game_id", "player_id", "source") == 2)
    assert both.filter(pl.col("book") == "betrivers")["first_of_feed"].all()
    assert not both.filter(pl.col("book") == "unibet")["first_of_feed"].any()


def test_a_line_is_seen_before_where_the_book_had_it_and_unknown_where_it_has_one_moment(
    data: Dataset,
) -> None:
    early = data.quotes.filter(~pl.col("is_alternate"))
    once = early.sort("observed_at").unique(KEY, keep="last")
    assert audited(once, POINTS)["seen_before"].null_count() == once.height
    found = audited(early, POINTS).drop_nulls("seen_before")
    for row in found.head(200).to_dicts():
        held = early.filter(*[pl.col(c) == row[c] for c in KEY], pl.col("line") == row["line"])
        assert row["seen_before"] == (held["observed_at"].min() < row["observed_at"])


def test_unpriced_and_placeholder_quotes_fail_and_say_why(data: Dataset) -> None:
    some = data.quotes.filter(pl.col("book") == "draftkings").head(300)
    bare = audited(some.with_columns(under_price=pl.lit(None, pl.Int32)), POINTS)
    assert bare["fails"].str.contains("two_sided").all()
    boards = audited(some.with_columns(is_placeholder_price=pl.lit(value=True)), POINTS)
    assert boards["fails"].str.contains("market_price").all()


def test_graded_rows_say_whether_their_line_passes(data: Dataset, rows: pl.DataFrame) -> None:
    taken = rows.filter("is_takeable").head(50)
    told = with_audit(taken.drop("fails"), data.closing_quotes, POINTS)
    assert set(told["audit"]) == {"passes"}
    gone = with_audit(taken.with_columns(line=pl.col("line") + 0.25), data.closing_quotes, POINTS)
    assert gone["audit"].null_count() == gone.height


def test_the_summary_and_the_command_count_what_fails(rows: pl.DataFrame, built_lake: Lake) -> None:
    found = audit_summary(rows)
    assert sum(row["quotes"] for row in found) == rows.height
    assert all(set(row["fails"]) == set(CONDITIONS) for row in found)
    failing = {row["book"]: row["fails"]["main_line"] for row in found}
    assert max(failing, key=lambda book: failing[book]) == "bovada"
    asked = ["lines", "audit", "--season", "2022-23", "--lake", built_lake.url]
    document = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert [row["book"] for row in document["rows"]] == [row["book"] for row in found]
    assert document["rows"][0]["quotes"] >= found[0]["quotes"]
    nothing = CliRunner().invoke(app, [*asked[:2], "--market", "steals", "--lake", built_lake.url])
    assert nothing.exit_code == 2
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0
    assert "bovada" in shown.stdout
