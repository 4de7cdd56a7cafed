"""Whatever is predicted, graded and halted: the documents' totals are those of the tables."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.workflows.published_world import (
    DAY,
    MODEL,
    MORNING,
    MORNING_AFTER,
    NEXT,
    OTHER,
    frame,
    grade,
    halt,
    no_pick,
    prediction,
)

from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.watch import HALTS
from tipoff.workflows.published_documents import (
    Made,
    Setting,
    as_picks,
    day,
    history,
    ours,
    player,
)
from tipoff.workflows.published_halts import active, marked, spans
from tipoff.workflows.published_results import results
from tipoff.workflows.published_rows import KEY, earlier_grades, prepared
from tipoff.workflows.published_schema import Totals
from tipoff.workflows.published_tables import picks_table, predictions_table

MADE = Made(MORNING_AFTER, 3)
SETTING = Setting(1, {}, HALTS.empty())
Row = dict[str, Any]

SLATES = st.lists(
    st.tuples(
        st.sampled_from([DAY, NEXT]),
        st.sampled_from(["points", "rebounds"]),
        st.sampled_from([(MODEL, "champion"), (OTHER, "champion"), (OTHER, "shadow")]),
        st.lists(st.sampled_from(["1", "2", "3"]), min_size=1, max_size=3, unique=True),
        st.integers(0, 7),
        st.sampled_from([None, "win", "loss", "push", "void"]),
        st.integers(0, 20),
    ),
    max_size=7,
)
EVENTS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["points", "all"]), st.booleans()), max_size=4
)


def _rows(slates: list[Any]) -> tuple[list[Row], list[Row]]:
    predictions, grades = [], []
    for number, (on, market, (model, stage), players, mask, outcome, hour) in enumerate(slates, 1):
        made = MORNING + (on - DAY) + timedelta(minutes=30 * hour)
        said = {"market": market, "model_id": model, "stage": stage, "made_at": made}
        for place, name in enumerate(players):
            make = prediction if mask >> place & 1 else no_pick
            row = make(name, slate=number, day=on, **said)
            predictions.append(row)
            if outcome is not None:
                grades.append(grade(row, "loss", version=1))
                grades.append(grade(row, outcome, version=2, change="corrected"))
    return predictions, grades


def _halted(events: list[Row], market: str, at: datetime) -> bool:
    """By the words of the table: the newest event of each market and reason counts."""
    state: dict[str, bool] = {}
    for event in events:
        if event["at"] <= at:
            state[event["market"]] = event["is_on"]
    return state.get(market, False) or state.get("all", False)


def _expected(predictions: list[Row], grades: list[Row], events: list[Row]) -> Totals:
    """The totals by a plain reading of the rows, one at a time."""
    champions = [row for row in predictions if row["stage"] == "champion"]
    found = Counter[str]()
    for row in champions:
        if row["made_at"] >= row["tip_off_at"]:
            found["late"] += 1
            continue
        newer = [
            other["slate"]
            for other in predictions
            if other["made_at"] < other["tip_off_at"]
            and (other["market"], other["game_id"]) == (row["market"], row["game_id"])
            and (other["model_id"] == row["model_id"] or other["stage"] == "champion")
        ]
        is_current = max(newer) == row["slate"]
        moments = [
            row["made_at"],
            *[e["at"] for e in events if row["made_at"] < e["at"] < row["tip_off_at"]],
            row["tip_off_at"],
        ]
        is_kept_back = all(_halted(events, row["market"], at) for at in moments)
        found["predictions"] += is_current
        if not row["is_pick"]:
            found["without_pick"] += is_current
        elif is_kept_back:
            found["withheld"] += is_current
        elif not is_current:
            found["superseded"] += 1
        else:
            found["picks"] += 1
            own = [g for g in grades if all(g[name] == row[name] for name in KEY)]
            outcome = max(own, key=lambda g: g["version"])["outcome"] if own else "ungraded"
            plural = {"win": "wins", "loss": "losses", "push": "pushes", "void": "voids"}
            found[plural.get(outcome, outcome)] += 1
    units = found["wins"] * 100 / 110 - found["losses"]
    counts = {name: found[name] for name in Totals.model_fields if name != "units"}
    return Totals.model_validate({**counts, "units": units})


def _same(one: Totals, other: Totals) -> bool:
    return one.model_copy(update={"units": 0}) == other.model_copy(
        update={"units": 0}
    ) and one.units == pytest.approx(other.units, abs=1e-6)


@settings(max_examples=25)
@given(slates=SLATES, events=EVENTS)
def test_totals_are_those_of_the_tables(slates: list[Any], events: list[Any]) -> None:
    predictions, grades = _rows(slates)
    hours = sorted(events, key=lambda event: event[0])
    # One moment has one event; halts begin and end in between the slates.
    halts = [
        halt(n, MORNING + timedelta(minutes=30 * hour + 7 + n), is_on=is_on, market=market)
        for n, (hour, market, is_on) in enumerate(hours, 1)
    ]
    after = MORNING_AFTER + timedelta(days=1)
    graded = frame(GRADES, grades)
    rows = prepared(
        frame(PREDICTIONS, predictions),
        graded,
        frame(HALTS, halts),
        after,
        pl.DataFrame(schema={name: PREDICTIONS.columns[name] for name in KEY}),
    )
    assert rows.height == len(predictions)
    own = ours(rows)
    expected = _expected(predictions, grades, halts)
    before = earlier_grades(graded)
    told = history(own, MADE)
    assert _same(told.totals, expected), (told.totals, expected)
    parts = [
        *([entry.totals for entry in told.dates],),
        *([market for entry in told.dates for market in entry.markets.values()],),
        [
            day("date", on[0], part, before, SETTING, MADE).totals
            for on, part in own.partition_by("game_date", as_dict=True).items()
        ],
        [player(part, before, MADE).totals for part in own.partition_by("player_id")],
    ]
    for totals in parts:
        sums = {name: sum(getattr(total, name) for total in totals) for name in Totals.model_fields}
        assert _same(Totals.model_validate(sums), expected)
    _check_lists(own, before, expected)


def _check_lists(own: pl.DataFrame, before: pl.DataFrame, expected: Totals) -> None:
    days = [
        day("date", on[0], part, before, SETTING, MADE)
        for on, part in own.partition_by("game_date", as_dict=True).items()
    ]
    assert sum(len(found.picks) for found in days) == expected.picks
    assert sum(len(found.superseded) for found in days) == expected.superseded
    without = expected.without_pick + expected.withheld
    assert sum(len(found.no_picks) for found in days) == without
    graded = expected.picks - expected.ungraded
    assert sum(len(p.earlier_grades) for found in days for p in found.picks) == graded
    assert picks_table(own).height == expected.picks
    assert predictions_table(own).height == expected.predictions
    assert predictions_table(own)["is_pick"].sum() == expected.picks
    for group in ("all", "market", "model", "side", "edge_band"):
        records = [r for r in results(own, MADE).records if r.group == group]
        assert sum(r.picks for r in records) == expected.picks
        for name in ("wins", "losses", "pushes", "voids", "ungraded", "unpriced"):
            assert sum(getattr(r, name) for r in records) == getattr(expected, name)


def test_numbers_have_their_n_interval_and_fingerprint() -> None:
    predictions = [
        prediction(
            str(n // 2), slate=1 + n % 2, day=[DAY, NEXT][n % 2], subsets="over, top_5" if n else ""
        )
        for n in range(8)
    ]
    outcomes = ["win", "win", "loss", "push", "void", "win", "loss"]
    grades = [grade(row, outcome) for row, outcome in zip(predictions, outcomes, strict=False)]
    no_keys = pl.DataFrame(schema={name: PREDICTIONS.columns[name] for name in KEY})
    rows = prepared(
        frame(PREDICTIONS, predictions),
        frame(GRADES, grades),
        HALTS.empty(),
        MORNING_AFTER,
        no_keys,
    )
    found = {(r.group, r.market, r.name): r for r in results(rows, MADE).records}
    record = found["all", None, "all"]
    assert (record.wins, record.losses, record.pushes, record.voids, record.ungraded) == (
        3,
        2,
        1,
        1,
        1,
    )
    hit = record.hit_rate
    assert (hit.value, hit.n, hit.game_dates) == (0.6, 5, 2)
    assert hit.low is not None
    assert hit.high is not None
    assert 0 <= hit.low < 0.6 < hit.high <= 1
    assert record.break_even.value == pytest.approx(110 / 210)
    assert record.units.value == pytest.approx(3 * 100 / 110 - 2)
    assert record.units.n == record.return_per_unit.n == record.clv_line.n == 6
    assert record.clv_line.value == pytest.approx(0.5)
    assert found["subset", "points", "top_5"].picks == 7
    assert found["edge_band", "points", "3 to 5"].picks == 8
    # Another result is another fingerprint; another order of rows is the same one.
    turned = results(rows.reverse(), MADE)
    assert turned == results(rows, MADE)
    changed = prepared(
        frame(PREDICTIONS, predictions),
        frame(GRADES, [*grades[1:], grade(predictions[0], "loss")]),
        HALTS.empty(),
        MORNING_AFTER,
        no_keys,
    )
    other = results(changed, MADE).records[0]
    assert other.hit_rate.fingerprint != record.hit_rate.fingerprint


def test_a_player_whom_the_later_slate_leaves_out_is_superseded_too() -> None:
    shadow: Row = {"model_id": OTHER, "stage": "shadow"}
    said = [
        prediction("1", 1, **shadow),
        prediction("2", 1, **shadow),
        prediction("1", 2, **shadow),
    ]
    no_keys = pl.DataFrame(schema={name: PREDICTIONS.columns[name] for name in KEY})
    nothing = GRADES.empty(), HALTS.empty(), MORNING_AFTER, no_keys
    rows = as_picks(prepared(frame(PREDICTIONS, said), *nothing))
    found = rows.select("player_id", "slate", "status").rows()
    assert found == [("1", 1, "superseded"), ("1", 2, "published"), ("2", 1, "superseded")]


def test_a_halt_within_a_halt_ends_neither() -> None:
    hours = [MORNING + timedelta(hours=n) for n in range(6)]
    other = {"reason": "manual"}
    events = [
        halt(1, hours[0], is_on=True),
        {**halt(2, hours[1], is_on=True), **other},
        {**halt(3, hours[2], is_on=False), **other},
        {**halt(4, hours[3], is_on=True), **other},
        halt(5, hours[4], is_on=False),
    ]
    halts = frame(HALTS, events)
    assert spans(halts, ["points"])["start"].to_list() == [hours[0]]
    assert active(halts)["reason"].to_list() == ["manual"]
    assert active(halts, hours[3])["reason"].to_list() == ["blocked", "manual"]


def test_halts_of_several_reasons_are_one_span() -> None:
    hours = [MORNING + timedelta(hours=n) for n in range(6)]
    events = [
        halt(1, hours[0], is_on=True),
        {**halt(2, hours[1], is_on=True, market="all"), "reason": "manual"},
        halt(3, hours[2], is_on=False),
        {**halt(4, hours[3], is_on=False, market="all"), "reason": "manual"},
        halt(5, hours[4], is_on=True),
    ]
    halts = frame(HALTS, events)
    on = spans(halts, ["points", "rebounds"])
    assert on.filter(market="points").select("start", "end").rows()[0] == (hours[0], hours[3])
    assert on.filter(market="rebounds").select("start", "end").rows() == [(hours[1], hours[3])]
    assert active(halts).select("market", "reason").rows() == [("points", "blocked")]
    assert active(halts, hours[2])["reason"].to_list() == ["manual"]
    rows = pl.DataFrame(
        {
            "market": ["points", "points", "rebounds"],
            "made_at": [hours[1], hours[2], hours[2]],
            "tip_off_at": [hours[2], hours[5], hours[2]],
        },
        schema_overrides={name: pl.Datetime("us", "UTC") for name in ("made_at", "tip_off_at")},
    )
    found = marked(rows, halts, MORNING_AFTER)
    assert found["is_kept_back"].to_list() == [True, False, True]
    assert found["halt"].to_list() == ["blocked", "blocked", "manual"]
