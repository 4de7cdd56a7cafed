"""Put results beside predictions, and say how well files fit together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from tipoff.sources.loose_files import Loose
from tipoff.sources.loose_players import (
    NOT_LISTED,
    UNKNOWN_NAME,
    Match,
    player,
    unmatched_names,
)

Other = tuple[Loose | None, Match | None]
_LISTED_ROWS = 20


def shifted(own: Loose, match: Match) -> Loose:
    """Return predictions with their dates moved to those of the results."""
    moved = pl.col("game_date").dt.offset_by(f"{match.slip}d")
    return replace(own, rows=own.rows.with_columns(moved), slip=match.slip, matched_at=match.at)


def played(rows: pl.DataFrame) -> pl.DataFrame:
    """Null the result of those who did not play: no minutes, and nothing but noughts."""
    if not rows["minutes"].is_not_null().any():
        return rows
    idle = (pl.col("minutes").fill_null(0.0) == 0) & (pl.col("actual").fill_null(0.0) == 0)
    return rows.with_columns(actual=pl.when(~idle).then("actual"))


def results_of(box: Loose) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return one result per ``player, team, game_date`` of a box score, and what was left out.

    Copies of a row count once; a player with two different results of a date has none.
    """
    own = played(box.rows).with_columns(player=player())
    by = ["player", "team", "game_date"]
    counted = own.group_by(by, maintain_order=True).agg(
        pl.col("actual").first(), different=pl.col("actual").n_unique(), rows=pl.len()
    )
    clear = counted.filter(pl.col("different") == 1)
    return clear.drop("different", "rows"), {
        "repeated": int(counted["rows"].sum()) - counted.height,
        "contradicting": counted.height - clear.height,
    }


def with_results(
    rows: pl.DataFrame, box: Loose | None, match: Match | None
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any]]:
    """Give predictions their results, those of the box scores before their own.

    Args:
        rows: one row per player-game.
        box, match: the box scores and where the predictions stand in them; None where there are
            none: the file's own results count.

    Returns:
        The rows with ``actual``, ``has_result`` (known, or known not to have played) and
        ``history_player``; all results as ``player, game_date, actual``; and counts.
    """
    own = played(rows)
    if box is None or match is None:
        told = own.with_columns(
            has_result=pl.col("actual").is_not_null() | pl.col("stated_outcome").is_not_null(),
            history_player=player(),
        )
        return told, told.select("game_date", "actual", player="history_player"), {"own": True}
    results, counts = results_of(box)
    who = [c for c in match.found.columns if c not in ("player", "known_date")]
    joined = own.join(
        _boxed(match, results), on=who, how="left", nulls_equal=True, maintain_order="left"
    ).join(_idle(match, who), on=who, how="left", nulls_equal=True, maintain_order="left")
    differ = (pl.col("actual") != pl.col("boxed")).fill_null(value=False)
    counts["differ_from_own"] = joined.filter(differ).height
    listed, is_idle = pl.col("known_date").is_not_null(), pl.col("is_idle").is_not_null()
    told = joined.with_columns(
        actual=pl.when(listed).then("boxed").when(~is_idle).then("actual"),
        has_result=listed | is_idle | pl.col("actual").is_not_null(),
    ).drop("boxed", "known_date", "is_idle")
    return told, results.select("player", "game_date", "actual"), {"own": False, **counts}


def _boxed(match: Match, results: pl.DataFrame) -> pl.DataFrame:
    """Return the one result of each player-game found: ``boxed``, null where he did not play."""
    found = match.found.rename({"player": "history_player"}).join(
        results.rename({"player": "history_player", "game_date": "known_date", "team": "_team"}),
        on=["history_player", "known_date"],
        how="left",
    )
    # Players of one name are told apart by team, where both files know it.
    same = (pl.col("team") == pl.col("_team")).fill_null(value=True)
    by = [c for c in found.columns if c not in ("actual", "_team")]
    one = (
        found.filter(same)
        .group_by(by)
        .agg(boxed=pl.col("actual").first(), _different=pl.col("actual").n_unique())
    )
    return one.filter(pl.col("_different") <= 1).drop("_different")


def _idle(match: Match, who: list[str]) -> pl.DataFrame:
    """Return whom the box scores know, but not on a date that they have: he did not play."""
    idle = match.missing.filter(pl.col("reason") == NOT_LISTED)
    return idle.select(*who, is_idle=pl.lit(value=True))


def join_report(
    rows: pl.DataFrame, own: Loose, line_file: Other, box_file: Other, told: Mapping[str, Any]
) -> dict[str, Any]:
    """Say how many predictions have a line, a result, both; who was not found; what was odd.

    Args:
        rows: one row per player-game with ``line, actual, has_result``.
        own: the predictions.
        line_file, box_file: the other files with the match.
        told: counts of ``with_lines`` (``lines``) and ``with_results`` (``results``).

    Returns:
        ``player_games, with_line, with_result, with_both, did_not_play, dates_moved_by, lines,
        results`` (each with ``missing`` by reason, ``found_at`` by offset of days, ``unmatched``
        names with the nearest) and ``sentences``.
    """
    has_line, has_result = pl.col("line").is_not_null(), pl.col("has_result")
    found: dict[str, Any] = {
        "player_games": rows.height,
        "with_line": rows.filter(has_line).height,
        "with_result": rows.filter(has_result).height,
        "with_both": rows.filter(has_line & has_result).height,
        "did_not_play": rows.filter(has_result & pl.col("actual").is_null()).height,
        "dates_moved_by": own.slip,
        "lines": {**told.get("lines", {}), **_match(line_file)},
        "results": {**told["results"], **_match(box_file)},
    }
    if own.slip:
        found["results"]["found_at"] = dict(own.matched_at)
    return {**found, "sentences": _sentences(found)}


def _match(file: Other) -> dict[str, Any]:
    loose, match = file
    if loose is None or match is None:
        return {}
    rows = match.missing.sort("game_date", "name_key", nulls_last=True).head(_LISTED_ROWS)
    return {
        "found": match.found.height,
        "missing": dict(sorted(match.missing.group_by("reason").len().iter_rows())),
        "slip": match.slip,
        "found_at": dict(match.at),
        "unmatched": unmatched_names(match, loose.rows),
        "missing_rows": rows.select(
            pl.col("name_key").alias("name"), "game_date", "reason"
        ).to_dicts(),
    }


def _sentences(found: Mapping[str, Any]) -> list[str]:
    n = found["player_games"]
    said = [
        f"Of {n:,} player-games {found['with_line']:,} have a line, {found['with_result']:,} a "
        f"result, {found['with_both']:,} both; {found['did_not_play']:,} did not play."
    ]
    if found["dates_moved_by"]:
        said.append(
            f"The dates are {_days(-found['dates_moved_by'])} the results': they were moved. "
            "UTC dates do that; graded as written, results of other games would have been joined."
        )
    for name in ("lines", "results"):
        part = found[name]
        if part.get("slip"):
            said.append(f"The dates of the {name} are {_days(part['slip'])} the predictions'.")
        said += _strangers(name, part)
    lines, results = found["lines"], found["results"]
    if lines.get("after_tip_off"):
        said.append(f"{lines['after_tip_off']:,} quotes came after tip-off and do not count.")
    if lines.get("not_quoted"):
        said.append(
            f"{lines['not_quoted']:,} of {lines['compared']:,} lines of the predictions' own were "
            "quoted by no book of the line file."
        )
    if results.get("differ_from_own"):
        said.append(
            f"{results['differ_from_own']:,} results of the predictions' own differ from the box "
            "scores, which count."
        )
    if results.get("contradicting"):
        said.append(
            f"{results['contradicting']:,} players have two different results of a date: left out."
        )
    return said


def _days(slip: int) -> str:
    return "one day after" if slip > 0 else "one day before"


def _strangers(name: str, part: Mapping[str, Any]) -> list[str]:
    unknown = part.get("missing", {}).get(UNKNOWN_NAME, 0)
    if not unknown:
        return []
    alike = next((own for own in part["unmatched"] if own["nearest"]), None)
    near = f"; {alike['name']} looks like {alike['nearest'][0]}" if alike else ""
    return [f"{unknown:,} player-games are of names that the {name} do not hold{near}."]
