"""The features: their catalogue, the values of one of them, and where one value comes from."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS, Market, market_named
from tipoff.errors import InputError
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import feature_named
from tipoff.features.sets import SETS, feature_set
from tipoff.features.warm_up import needed
from tipoff.processors.catalogue import feature_store
from tipoff.store.watched import Watched
from tipoff.tables.raw import RAW_TABLES
from tipoff.web.site import options
from tipoff.web.site.blocks import Block, Column, Grid, Words
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.web.site.pages.feature_provenance import provenance
from tipoff.web.site.pages.feature_spread import spread_blocks
from tipoff.workflows.catalogue import described, listed
from tipoff.workflows.feature_values import missing_shares

_POINTS, _ALL = "points", "all"
_LIST = {
    "index": Column("#", "integer"),
    "name": Column("feature", link=lambda row: f"/features?feature={row['name']}"),
    "doc": Column("what it is", "sentence"),
    "unit": Column("unit"),
    "low": Column("least", "number", "Smallest value that can be true, in its unit.", 0),
    "high": Column("most", "number", "Largest value that can be true, in its unit.", 0),
    "need": Column("need", doc="Whether a row without it may be trained on."),
    "family": Column("family"),
    "missing": Column("missing", "share", "Of the newest season's rows in the lake."),
    "settles": Column("games until settled", "integer", "Known games after which it settles."),
    "freshness_days": Column("days fresh", "integer", "How old its oldest input may be."),
    "within": Column("in sets", doc="The export names every one."),
}
_ONE = {
    "column": Column("column", "code", "Its name in the market's feature store."),
    "unit": Column("unit"),
    "bounds": Column("bounds", doc="Values outside of them can not be true."),
    "need": Column("need", doc="Whether a row without it may be trained on."),
    "family": Column("family", link=lambda row: f"/features?family={row['family']}"),
    "reads": Column("reads", doc="The inputs that it is computed from."),
    "freshness_days": Column("days fresh", "integer", "How old its oldest input may be."),
    "lacks": Column("else null for", doc="Why it is null where its inputs are there."),
    "within": Column("in sets", doc="The export names every one."),
    "warm_up": Column("warm-up", doc="Known games after which its values have settled."),
}


def _names(_: Watched) -> list[str]:
    return [feature.name for feature in FEATURES]


def _families(_: Watched) -> list[str]:
    return list(dict.fromkeys(feature.family for feature in FEATURES))


def _markets(_: Watched) -> list[str]:
    return [market.name for market in FEATURE_MARKETS]


def _view(asked: Asked) -> Sequence[Block]:
    market = market_named(asked.get("market", _POINTS))
    name = asked.values.get("feature")
    seasons = Watched(asked.lake).seasons(feature_store(market).table)
    one = [] if name is None else _one(asked, name, market, seasons)
    return [*one, *_catalogue(asked, market, seasons)]


def _catalogue(asked: Asked, market: Market, seasons: Sequence[str]) -> list[Block]:
    chosen, family = asked.values.get("feature_set"), asked.values.get("family")
    within = set(feature_set(chosen)) if chosen else set(FEATURES)
    missing = missing_shares(asked.lake, seasons[0], market) if seasons else {}
    rows = [
        {
            **own,
            "low": own["bounds"][0],
            "high": own["bounds"][1],
            "sets": ", ".join(own["sets"]),
            "within": _within(own["sets"]),
            "missing": missing.get(own["name"]),
            "settles": None if (found := needed(feature, market)) is None else found.games,
        }
        for feature, own in zip(FEATURES, listed()["features"], strict=True)
        if feature in within and (family is None or feature.family == family)
    ]
    schema = dict.fromkeys((*_LIST, "sets"), pl.String) | {
        "index": pl.Int64, "low": pl.Float64, "high": pl.Float64, "missing": pl.Float64,
        "settles": pl.Int64, "freshness_days": pl.Int64,
    }  # fmt: skip
    frame = pl.DataFrame([{n: row[n] for n in schema} for row in rows], schema=schema)
    of = f" of set {chosen}" if chosen else ""
    shares = (
        f"Missing: of the rows of {market.name}, {seasons[0]}."
        if seasons
        else "No feature rows are stored: 'tipoff backfill' builds them."
    )
    return [
        Grid(
            "catalogue", "Catalogue", frame,
            f"{frame.height} features{of}{f', family {family}' if family else ''}. {shares}",
            "tipoff features list", columns=_LIST,
            empty="No feature is in both. Choose another set or family; 'tipoff features list' "
            "prints them all.",
        )
    ]  # fmt: skip


def _within(sets: Sequence[str]) -> str:
    """Sum up the sets that a feature is in: the numbered ones as a range, then what is left out."""
    whole = [name for name in SETS if "_" not in name]
    own = [name for name in whole if name in sets and name != _ALL]
    said = own
    if len(own) > 1:
        first, last = whole.index(own[0]), whole.index(own[-1])
        said = [f"{own[0]} to {own[-1]}"] if own == whole[first : last + 1] else own
    more = dict.fromkeys(name.split("_", 1)[1].replace("_", " ") for name in sets if "_" in name)
    text = ", ".join([*said, *[_ALL] * (_ALL in sets)])
    return f"{text}; also with {', '.join(more)}" if more else text


def _one(asked: Asked, name: str, market: Market, seasons: Sequence[str]) -> list[Block]:
    """A feature's declaration, its values, and where one of them comes from."""
    feature = feature_named(name)
    own = described(feature)
    warm = needed(feature, market)
    settled = "not measured"
    if warm is not None:
        games = "" if warm.games is None else f" after {warm.games} games"
        settled = f"{warm.state}{games}"
    row = {
        "column": feature.column(market), "unit": own["unit"],
        "bounds": f"{feature.low:g} to {feature.high:g}", "need": own["need"],
        "family": own["family"], "reads": ", ".join(own["reads"]),
        "freshness_days": own["freshness_days"], "lacks": own["lacks"],
        "within": _within(own["sets"]), "warm_up": settled, "sets": ", ".join(own["sets"]),
    }  # fmt: skip
    return [
        Grid(
            "feature", f"{feature.index} · {feature.column(market)}", pl.DataFrame([row]),
            feature.about(market), f"tipoff features show {name}", columns=_ONE, is_card=True,
        ),
        *_provenance(asked, name, market),
        *spread_blocks(asked.lake, feature, market, seasons, _linked(asked)),
    ]  # fmt: skip


def _linked(asked: Asked) -> str:
    kept = {n: asked.values[n] for n in ("feature", "market") if n in asked.values}
    return f"/features?{urlencode(kept)}"


def _provenance(asked: Asked, name: str, market: Market) -> list[Block]:
    title = "Where one value comes from"
    player = asked.values.get("player")
    try:
        day: date | None = asked.day("date")
        if player and day:
            return provenance(asked.lake, name, player, day, market)
    except InputError as error:
        return [Words("provenance", title, text=(str(error),), state="error")]
    said = (
        "State a player and a game date, or follow a value below: the rows that it was made from, "
        "how old they were, and what came too late to count."
    )
    command = f"tipoff features why {name} --player 'Luka Doncic' --date 2025-04-01"
    return [Words("provenance", title, text=(said,), command=command)]


PAGE = Page(
    "features",
    "Features",
    "What models see: every feature as it is declared, its values, and where each comes from.",
    _view,
    tables=(*[feature_store(market).table for market in FEATURE_MARKETS], *RAW_TABLES.values()),
    choices=(
        Choice("feature", "Feature", _names),
        Choice("feature_set", "Feature set", options.feature_sets),
        Choice("family", "Family", _families),
        Choice("market", "Market", _markets),
        Choice("player", "Player", kind="text", block="provenance"),
        Choice("date", "Game date", kind="date", block="provenance"),
    ),
)
