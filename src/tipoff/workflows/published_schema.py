"""The documents that are published, field by field; their JSON Schema is written beside them.

Moments are UTC, shares run from 0 to 1, prices are American odds, null is "not known". A field is
only ever added within a version; what a field means changes with the folder (``v1``, ``v2``).
"""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = "1.0"

# States of a day or of one of its markets; each but the first carries its reason.
PICKS, NO_PICKS, HALTED, OFF_DAY, NOT_PREDICTED = (
    "picks",
    "no_picks",
    "halted",
    "off_day",
    "not_predicted",
)
State = Literal["picks", "no_picks", "halted", "off_day", "not_predicted"]


def _said(doc: str) -> Any:
    return Field(description=doc)


class Part(BaseModel):
    """A part of a document; unknown fields and numbers that are none are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Halt(Part):
    """Picks of a market are halted."""

    market: Annotated[str, _said("`all` for every market")]
    reason: Annotated[str, _said("such as manual, blocked, stale, off_season")]
    sentence: Annotated[str, _said("why, in words")]
    by: Annotated[str, _said("who or what halted them")]
    at: Annotated[datetime, _said("since when")]


class GradeOfPick(Part):
    """What became of a pick, at its own line and price."""

    version: Annotated[int, _said("from 1; a correction of the result adds one")]
    graded_at: datetime
    state: Annotated[Literal["settled", "void"], _said("void: given back")]
    void_reason: str | None
    actual: Annotated[float | None, _said("in the market's unit")]
    outcome: Annotated[str | None, _said("win, loss, push or void")]
    profit: Annotated[float | None, _said("units per unit staked; null without a price")]
    close_line: Annotated[float | None, _said("of the same book, before tip-off")]
    close_over_price: int | None
    close_under_price: int | None
    close_at: datetime | None
    close_absent: Annotated[str | None, _said("why there is no close")]
    clv_line: Annotated[float | None, _said("closing line value in the market's unit")]
    clv_probability: Annotated[float | None, _said("in probability, at the pick's line")]
    clv_value: Annotated[float | None, _said("units per unit if the close were right")]
    change: Annotated[str | None, _said("what made this version, after the first")]


class _Said(Part):
    game_date: Annotated[date, _said("US Eastern")]
    game_id: str
    player_id: str
    player_name: str
    team: str
    opponent: str
    is_home: bool
    market: str
    model_id: Annotated[str, _said("hash of the model's content")]
    model_name: str
    stage: Annotated[str, _said("of the model when it said so")]
    is_forced: Annotated[bool, _said("the model was promoted against its conditions")]
    slate: Annotated[int, _said("number of the slate that it is in")]
    slate_hash: Annotated[str, _said("of all that the slate says")]
    made_at: datetime
    as_of: Annotated[datetime, _said("nothing later was known to it")]
    tip_off_at: datetime
    prediction: Annotated[float | None, _said("in the market's unit")]
    line: float | None
    point_edge: Annotated[float | None, _said("prediction minus line")]
    probability_edge: Annotated[float | None, _said("P(side) minus its fair probability")]


class Pick(_Said):
    """One pick, as it was made."""

    side: Annotated[str, _said("over or under")]
    price: Annotated[int | None, _said("of the side")]
    book: str | None
    observed_at: Annotated[datetime | None, _said("when the line was seen")]
    probability: Annotated[float | None, _said("P(side) at the line")]
    push_probability: float | None
    break_even: Annotated[float | None, _said("of the price")]
    stake_share: Annotated[float | None, _said("suggested, of the bankroll")]
    rank: Annotated[int | None, _said("among the slate's picks, best first")]
    subsets: list[str]
    halt: Annotated[str | None, _said("a halt that came after the pick, on by its tip-off")]
    grade: Annotated[GradeOfPick | None, _said("the newest version; null until graded")]
    earlier_grades: Annotated[list[GradeOfPick], _said("the versions before, oldest first")]


class SupersededPick(Pick):
    """A pick that a later slate replaced; it stays in the documents, and counts no more."""

    superseded_by: Annotated[int, _said("the slate that replaced it")]


class NoPick(_Said):
    """A player without a pick, and why."""

    over_probability: float | None
    reason: str
    actual: Annotated[float | None, _said("null until graded, or where he did not play")]


class Totals(Part):
    """Sums of the rows that count: predictions = picks + withheld + without_pick."""

    predictions: int
    picks: Annotated[int, _said("= wins + losses + pushes + voids + ungraded")]
    withheld: Annotated[int, _said("picks that a halt kept back; they have no grade here")]
    without_pick: int
    superseded: Annotated[int, _said("picks that a later slate replaced; part of no other sum")]
    late: Annotated[int, _said("rows made after tip-off, which count nowhere")]
    wins: int
    losses: int
    pushes: int
    voids: int
    ungraded: int
    units: Annotated[float, _said("won per unit on each priced pick, at its price")]
    unpriced: Annotated[int, _said("wins, losses and pushes without a price, not in `units`")]


class MarketState(Part):
    """One market of a day."""

    market: str
    state: State
    reason: Annotated[str | None, _said("null only where there are picks")]
    games: Annotated[int | None, _said("scheduled; null where no schedule is known")]
    slates: Annotated[list[int], _said("that count")]
    totals: Totals


class Document(Part):
    """What every document says of itself."""

    schema_version: str
    made_at: Annotated[datetime, _said("when its content was last changed")]
    lake_version: Annotated[int | None, _said("of the lake then; null where none is noted")]
    fingerprint: Annotated[str, _said("of the rows that it was made from")]


class Day(Document):
    """One game date: `today.json`, `dates/<date>.json`, `shadow/<date>.json`."""

    kind: Literal["today", "date", "shadow"]
    date: date
    state: State
    reason: Annotated[str | None, _said("null only where there are picks")]
    is_forced: Annotated[bool, _said("a model of it was promoted against its conditions")]
    halts: Annotated[list[Halt], _said("that were on at the end of the date, or are on now")]
    markets: list[MarketState]
    totals: Totals
    picks: Annotated[list[Pick], _said("by market and rank")]
    superseded: list[SupersededPick]
    no_picks: list[NoPick]


class DateTotals(Part):
    """One date of the history."""

    date: date
    path: Annotated[str, _said("of its document")]
    is_forced: bool
    totals: Totals
    markets: Annotated[dict[str, Totals], _said("by market")]


class History(Document):
    """All dates with predictions: `history.json`."""

    kind: Literal["history"]
    totals: Totals
    dates: Annotated[list[DateTotals], _said("oldest first")]


class Number(Part):
    """A number with what it rests on."""

    value: Annotated[float | None, _said("null where nothing counts")]
    n: Annotated[int, _said("picks that count")]
    game_dates: Annotated[int, _said("clusters of the interval")]
    low: Annotated[float | None, _said("95 %, clustered by game date; null under two dates")]
    high: float | None
    fingerprint: Annotated[str, _said("of its rows")]


class Record(Part):
    """The record of some picks: the published ones, superseded and withheld ones left out."""

    group: Literal["all", "market", "model", "side", "edge_band", "subset"]
    market: Annotated[str | None, _said("null for all together")]
    name: Annotated[str, _said("market, model id, side, band of |point edge| or subset")]
    first_date: date
    last_date: date
    picks: int
    wins: int
    losses: int
    pushes: int
    voids: int
    ungraded: int
    unpriced: Annotated[int, _said("wins, losses and pushes without a price")]
    forced: Annotated[int, _said("of a model that was promoted against its conditions")]
    hit_rate: Annotated[Number, _said("wins of wins and losses")]
    break_even: Annotated[Number, _said("mean of the prices taken, of wins and losses")]
    units: Annotated[Number, _said("sum won per unit on each pick, at its price")]
    return_per_unit: Annotated[Number, _said("units per pick taken")]
    clv_line: Annotated[Number, _said("mean closing line value in the market's unit")]
    clv_probability: Annotated[Number, _said("its mean in probability")]
    clv_value: Annotated[Number, _said("its mean in units per unit")]


class Results(Document):
    """The record so far: `results.json`."""

    kind: Literal["results"]
    is_forced: bool
    level: Annotated[float, _said("of the intervals")]
    records: list[Record]


class Player(Document):
    """One player: `players/<player_id>.json`."""

    kind: Literal["player"]
    player_id: str
    player_name: Annotated[str, _said("as last written")]
    is_forced: bool
    totals: Totals
    picks: Annotated[list[Pick], _said("newest first")]
    superseded: list[SupersededPick]
    no_picks: Annotated[list[NoPick], _said("of his newest game date only")]


class ModelEntry(Part):
    """A model that is, or was, of a stage."""

    model_id: str
    name: str | None
    market: str
    stage: Annotated[str, _said("now; as it last predicted where the registry has none")]
    is_forced: bool


class FileEntry(Part):
    """A published file."""

    path: Annotated[str, _said("from the folder of the index")]
    sha256: Annotated[str, _said("of its bytes")]
    bytes: int
    fingerprint: Annotated[str | None, _said("of a document's rows")]


class Refusal(Part):
    """A file that was left as it was, for what was to replace it had lost something."""

    path: str
    reason: str


class Index(Document):
    """All files with their hashes, written last: `index.json`."""

    kind: Literal["index"]
    date: Annotated[date, _said("that was published last")]
    is_forced: Annotated[bool, _said("a champion was promoted against its conditions")]
    halts: Annotated[list[Halt], _said("that are on")]
    models: list[ModelEntry]
    refused: list[Refusal]
    files: list[FileEntry]


DOCUMENTS: dict[str, type[Document]] = {
    "day": Day,
    "history": History,
    "results": Results,
    "player": Player,
    "index": Index,
}


def schema_of(name: str) -> bytes:
    """Return the JSON Schema of a kind of document as the bytes of a file."""
    schema = DOCUMENTS[name].model_json_schema(mode="serialization")
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return (json.dumps(schema, indent=1, ensure_ascii=False) + "\n").encode()
