"""Documents of days, players and the history, out of prepared rows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

from tipoff.store.fingerprint import digest
from tipoff.tables.models import CHAMPION
from tipoff.workflows import published_schema as schema
from tipoff.workflows.published_halts import entries, of_market, words
from tipoff.workflows.published_rows import GRADE, KEY, PUBLISHED, SUPERSEDED, WITHHELD

PLAYED = ("win", "loss", "push")
NO_TOTALS = schema.Totals.model_validate(dict.fromkeys(schema.Totals.model_fields, 0))
_GRADES = [f"grade_{name}" for name in GRADE]
_PLACE = ("market", "rank", "game_id", "player_id", "slate")
_SAID = (
    *("game_date", "game_id", "player_id", "player_name", "team", "opponent", "is_home", "market"),
    *("model_id", "model_name", "stage", "is_forced", "slate", "slate_hash", "made_at", "as_of"),
    *("tip_off_at", "prediction", "line", "point_edge", "probability_edge"),
)
_PICK = (
    *("side", "price", "book", "observed_at", "probability", "push_probability", "break_even"),
    *("stake_share", "rank", "halt"),
)


@dataclass(frozen=True)
class Made:
    """What is written into every document: when it is made, and of which lake."""

    at: datetime
    lake_version: int | None

    def head(self, fingerprint: str) -> dict[str, Any]:
        """Return the fields that every document has."""
        return {
            "schema_version": schema.SCHEMA_VERSION,
            "made_at": self.at,
            "lake_version": self.lake_version,
            "fingerprint": fingerprint,
        }


@dataclass(frozen=True)
class Setting:
    """What is known of a game date beside its predictions.

    Attributes:
        games: scheduled; None where no schedule of the season is known.
        champions: the market of each model that was champion, by model id.
        halts: that were on at its end, or are on now.
    """

    games: int | None
    champions: Mapping[str, str]
    halts: pl.DataFrame

    def markets(self, rows: pl.DataFrame) -> list[str]:
        """Return the markets that the date's document tells of."""
        halted = [name for name in self.halts["market"].to_list() if name != "all"]
        return sorted({*self.champions.values(), *rows["market"].to_list(), *halted})

    def text(self) -> str:
        """Return all of it as text, for fingerprints."""
        return repr((self.games, sorted(self.champions.items()), self.halts.rows()))


def fingerprint(rows: pl.DataFrame, *also: str) -> str:
    """Return the fingerprint of prepared rows, whatever their order."""
    return fingerprint_of(rows.height, int(rows["hash"].sum()), *also)


def fingerprint_of(n: int, hashes: int, *also: str) -> str:
    """Return the fingerprint of rows of which the number and the sum of hashes are known."""
    return digest([str(n), str(hashes), *also])


def totals_by(rows: pl.DataFrame, by: Sequence[str]) -> dict[Any, schema.Totals]:
    """Return the sums of prepared rows by some columns, by their values (all by ``()``)."""
    names = list(by)
    current, status, result = pl.col("is_current"), pl.col("status"), pl.col("result")
    pick = status == PUBLISHED
    priced = pl.col("units").is_not_null()
    played = pick & result.is_in(PLAYED)
    sums = rows.group_by(names or pl.lit(value=True).alias("_all")).agg(
        predictions=current.sum(),
        picks=pick.sum(),
        withheld=(current & (status == WITHHELD)).sum(),
        superseded=(status == SUPERSEDED).sum(),
        late=pl.col("is_late").sum(),
        wins=(pick & (result == "win")).sum(),
        losses=(pick & (result == "loss")).sum(),
        pushes=(pick & (result == "push")).sum(),
        voids=(pick & (result == "void")).sum(),
        ungraded=(pick & (result == "ungraded")).sum(),
        units=pl.col("units").filter(played).sum(),
        unpriced=(played & ~priced).sum(),
    )
    full = sums.with_columns(
        without_pick=pl.col("predictions") - pl.col("picks") - pl.col("withheld")
    )
    return {
        tuple(row[name] for name in names): schema.Totals.model_validate(
            {name: row[name] for name in schema.Totals.model_fields}
        )
        for row in full.to_dicts()
    }


def ours(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of champions, which are what is published."""
    return rows.filter(pl.col("stage") == CHAMPION)


def as_picks(rows: pl.DataFrame) -> pl.DataFrame:
    """Take rows of models that are not champion as if they were, for the shadow's documents."""
    status = pl.when("is_current").then(pl.lit(PUBLISHED)).otherwise(pl.lit(SUPERSEDED))
    others = rows.filter(pl.col("stage") != CHAMPION)
    return others.with_columns(status=pl.when(pl.col("is_pick") & ~pl.col("is_late")).then(status))


def day(
    kind: Literal["today", "date", "shadow"],
    on: date,
    rows: pl.DataFrame,
    earlier: pl.DataFrame,
    setting: Setting,
    made: Made,
) -> schema.Day:
    """Return the document of a game date.

    Args:
        kind: which document.
        on: the game date.
        rows: its prepared rows, of the champions or of the others.
        earlier: versions of grades that were replaced.
        setting: what else is known of the date.
        made: of the document.
    """
    by_market = totals_by(rows, ["market"])
    markets = [
        _market(name, rows.filter(market=name), by_market.get((name,)), setting)
        for name in setting.markets(rows)
    ]
    state, reason = _state_of_day(markets, setting)
    return schema.Day.model_validate(
        {
            **made.head(fingerprint(rows, setting.text())),
            "kind": kind,
            "date": on,
            "state": state,
            "reason": reason,
            "is_forced": bool(rows["is_forced"].any()),
            "halts": entries(setting.halts),
            "markets": markets,
            "totals": totals_by(rows, []).get((), NO_TOTALS),
            **_listed(rows.sort(_PLACE, nulls_last=True), earlier, setting.halts),
        }
    )


def _market(
    name: str, rows: pl.DataFrame, totals: schema.Totals | None, setting: Setting
) -> schema.MarketState:
    totals = totals or NO_TOTALS
    state, reason = _state(name, rows, totals, setting)
    slates = rows.filter("is_current")["slate"].unique().sort().to_list()
    return schema.MarketState(
        market=name, state=state, reason=reason, games=setting.games, slates=slates, totals=totals
    )


def _state(
    market: str, rows: pl.DataFrame, totals: schema.Totals, setting: Setting
) -> tuple[schema.State, str | None]:
    halts = of_market(setting.halts, market)
    if not halts.is_empty():
        return "halted", words(halts)
    if totals.picks:
        return "picks", None
    if totals.withheld:
        return "halted", "Picks were halted from when they were made until tip-off."
    if totals.predictions:
        return "no_picks", _why_none(rows.filter("is_current"))
    if market not in setting.champions.values():
        return "not_predicted", f"No model is champion for {market.replace('_', ' ')}."
    return _without_predictions(setting)


def _without_predictions(setting: Setting) -> tuple[schema.State, str]:
    if setting.games is None:
        return "not_predicted", "No schedule of the season is known, and no slate was made."
    if setting.games == 0:
        return "off_day", "No game is scheduled."
    return "not_predicted", f"No slate was made yet; games scheduled: {setting.games}."


def _why_none(rows: pl.DataFrame) -> str:
    counts = rows["no_pick_reason"].fill_null("no reason stored").value_counts()
    most = counts.sort("count", "no_pick_reason", descending=[True, False]).iter_rows()
    return f"None of {rows.height} players is a pick: " + ", ".join(
        f"{reason} ({n})" for reason, n in most
    )


# The first of these that a market is in is the state of the day.
_ORDER: tuple[schema.State, ...] = ("picks", "halted", "no_picks", "not_predicted", "off_day")


def _state_of_day(
    markets: Sequence[schema.MarketState], setting: Setting
) -> tuple[schema.State, str | None]:
    if not markets:
        if not setting.halts.is_empty():
            return "halted", words(setting.halts)
        state, reason = _without_predictions(setting)
        return state, reason if state == "off_day" else "No model is champion."
    state = min((market.state for market in markets), key=_ORDER.index)
    if state == "picks":
        return state, None
    reasons = {market.reason: market.market for market in markets if market.state == state}
    if len(markets) == 1 or len(reasons) == 1:
        return state, next(iter(reasons))
    return state, " ".join(f"{name}: {reason}" for reason, name in reasons.items())


def _listed(rows: pl.DataFrame, earlier: pl.DataFrame, halts: pl.DataFrame) -> dict[str, Any]:
    """The picks, the superseded ones and the players without one, in the order of the rows."""
    picks = rows.filter(pl.col("status") == PUBLISHED)
    superseded = rows.filter(pl.col("status") == SUPERSEDED)
    listed = pl.concat([picks, superseded]).select(KEY)
    before = _by_key(earlier.join(listed, on=KEY, how="semi"))
    is_open = pl.col("status").is_null() | (pl.col("status") == WITHHELD)
    without = rows.filter(pl.col("is_current") & is_open)
    why = {market: words(of_market(halts, market)) for market in without["market"].unique()}
    return {
        "picks": [_pick(row, before) for row in _dicts(picks, _PICK)],
        "superseded": [
            {**_pick(row, before), "superseded_by": row["superseded_by"]}
            for row in _dicts(superseded, (*_PICK, "superseded_by"))
        ],
        "no_picks": [_no_pick(row, why) for row in _no_pick_rows(without)],
    }


def _dicts(rows: pl.DataFrame, also: Sequence[str]) -> Iterable[dict[str, Any]]:
    return rows.select(*_SAID, *also, "subsets", *_GRADES).iter_rows(named=True)


def _by_key(earlier: pl.DataFrame) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in earlier.select(*KEY, *GRADE).iter_rows(named=True):
        key = tuple(row.pop(name) for name in KEY)
        found.setdefault(key, []).append(row)
    return found


def _pick(
    row: Mapping[str, Any], before: Mapping[tuple[Any, ...], list[dict[str, Any]]]
) -> dict[str, Any]:
    grade = {name: row[f"grade_{name}"] for name in GRADE}
    return {
        **{name: row[name] for name in (*_SAID, *_PICK)},
        "subsets": subset_names(row["subsets"]),
        "grade": None if grade["version"] is None else grade,
        "earlier_grades": before.get(tuple(row[name] for name in KEY), []),
    }


def subset_names(text: str) -> list[str]:
    """Return the names of subsets that a prediction's column lists."""
    return [name.strip() for name in text.split(",") if name.strip()]


_NO_PICK = ("over_probability", "no_pick_reason", "status", "grade_actual")


def _no_pick_rows(rows: pl.DataFrame) -> Iterable[dict[str, Any]]:
    return rows.select(*_SAID, *_NO_PICK).iter_rows(named=True)


def _no_pick(row: dict[str, Any], halted: Mapping[str, str]) -> dict[str, Any]:
    reason, status, actual = (row.pop(name) for name in _NO_PICK[1:])
    if status == WITHHELD:
        reason = halted[row["market"]] or "Picks of the market were halted."
    return {**row, "reason": reason or "no reason stored", "actual": actual}


def player(rows: pl.DataFrame, earlier: pl.DataFrame, made: Made) -> schema.Player:
    """Return the document of one player, of his prepared rows."""
    ordered = rows.sort(
        ["game_date", "market", "slate", "game_id"], descending=[True, False, True, False]
    )
    last = rows.sort("game_date", "slate")
    # Of hundreds of dates without a pick the totals tell; the last one is listed.
    shown = ordered.filter(
        pl.col("status").is_in([PUBLISHED, SUPERSEDED])
        | (pl.col("game_date") == pl.col("game_date").max())
    )
    no_halts = pl.DataFrame(
        schema={"market": pl.String, "reason": pl.String, "sentence": pl.String}
    )
    return schema.Player.model_validate(
        {
            **made.head(fingerprint(rows)),
            "kind": "player",
            "player_id": last["player_id"][-1],
            "player_name": last["player_name"][-1],
            "is_forced": bool(rows["is_forced"].any()),
            "totals": totals_by(rows, []).get((), NO_TOTALS),
            **_listed(shown, earlier, no_halts),
        }
    )


def history(rows: pl.DataFrame, made: Made) -> schema.History:
    """Return the document of all dates with predictions."""
    by_date, by_market = totals_by(rows, ["game_date"]), totals_by(rows, ["game_date", "market"])
    markets: dict[date, dict[str, schema.Totals]] = {}
    for (on, market), totals in sorted(by_market.items()):
        markets.setdefault(on, {})[market] = totals
    forced = set(rows.filter("is_forced")["game_date"])
    return schema.History.model_validate(
        {
            **made.head(fingerprint(rows)),
            "kind": "history",
            "totals": totals_by(rows, []).get((), NO_TOTALS),
            "dates": [
                schema.DateTotals(
                    date=on,
                    path=f"dates/{on}.json",
                    is_forced=on in forced,
                    totals=totals,
                    markets=markets[on],
                )
                for (on,), totals in sorted(by_date.items())
            ],
        }
    )
