"""The NBA's reports as PDF: injury reports and scorers' reports of rows of the raw tables."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl
from tests.sources.providers.pdf_writer import LANDSCAPE, PORTRAIT, Text, width, written

from tipoff.domain.clock import EASTERN
from tipoff.domain.teams import SPELLINGS

_FULL = {
    code: spelling.title().replace("76Ers", "76ers")
    for spelling, code in reversed(SPELLINGS.items())
    if " " in spelling
}
_LEFTS = {"date": 24, "time": 121, "matchup": 201, "team": 265, "player": 426, "status": 587,
          "reason": 667}  # fmt: skip
_HEADINGS = ("Game Date", "Game Time", "Matchup", "Team", "Player Name", "Current Status", "Reason")
_LINE, _PADDING, _BOTTOM = 14.1, 8.0, 520.0
_WRAP = 28


def injury_report(
    rows: pl.DataFrame, games: pl.DataFrame, made_at: datetime, waiting: Sequence[str] = ()
) -> bytes:
    """Return the report of a moment.

    Args:
        rows: of ``availability``.
        games: rows of ``games``, for the starts of those in ``rows`` and of ``waiting``.
        made_at: the moment, which the title states in US Eastern.
        waiting: ``game_id team`` of teams that have not submitted a list.
    """
    entries = [
        (r["game_id"], r["team"], _last_first(r["player_name"]), r["status"].title(), r["reason"])
        for r in rows.to_dicts()
    ] + [(*pair.split(), "", "", "NOT YET SUBMITTED") for pair in waiting]
    tips = dict(games.select("game_id", "tip_off_at").iter_rows())
    entries.sort(key=lambda e: (e[0][:8], tips[e[0]], e[0], e[1], e[2]))
    title = f"Injury Report: {made_at.astimezone(EASTERN):%m/%d/%y %I:%M %p}"
    pages = list(_pages(entries, tips))
    whole = [
        [
            Text(289, 60, title, 22.0),
            *(_headings() if number == 0 else ()),
            *page,
            Text(399, 545, f"Page {number + 1} of {len(pages)}"),
        ]
        for number, page in enumerate(pages)
    ]
    return written(whole, LANDSCAPE)


def _headings() -> Iterator[Text]:
    for name, left in zip(_HEADINGS, _LEFTS.values(), strict=True):
        yield Text(left - 1, 114, name)


def _pages(entries: Sequence[tuple[str, ...]], tips: dict[str, datetime]) -> Iterator[list[Text]]:
    """Set rows one below the other; what holds for several rows is set once."""
    page: list[Text] = []
    down = 125.0
    held = ("", "", "", "")
    for game, team, player, status, reason in entries:
        lines = textwrap.wrap(reason or "", _WRAP) or [""]
        height = len(lines) * _LINE + _PADDING
        if down + height > _BOTTOM:
            yield page
            page, down = [], 80.0
        middle = down + height / 2
        day = datetime.strptime(game[:8] + " +0000", "%Y%m%d %z")
        clock = f"{tips[game].astimezone(EASTERN):%I:%M} (ET)"
        now = (f"{day:%m/%d/%Y}", f"{day:%m/%d/%Y}{clock}", game, game + team)
        words = (now[0], clock, f"{game[9:12]}@{game[13:16]}", _FULL[team])
        for place, (before, after) in enumerate(zip(held, now, strict=True)):
            if before != after:
                page.append(Text(list(_LEFTS.values())[place], middle, words[place]))
        held = now
        page.append(Text(_LEFTS["player"], middle, player))
        page.append(Text(_LEFTS["status"], middle, status))
        first = middle - (len(lines) - 1) * _LINE / 2
        page += [Text(_LEFTS["reason"], first + i * _LINE, line) for i, line in enumerate(lines)]
        down += height
    yield page


def _last_first(name: str) -> str:
    first, _, family = name.partition(" ")
    return f"{family}, {first}" if family else first


_BOX = (
    "field_goals_made", "field_goals_attempted", "threes_made", "threes_attempted",
    "free_throws_made", "free_throws_attempted", "offensive_rebounds", "defensive_rebounds",
    "rebounds", "assists", "fouls", "steals", "turnovers", "blocks", "plus_minus", "points",
)  # fmt: skip
_BOX_HEAD = "POS MIN FG FGA 3P 3PA FT FTA OR DR TOT A PF ST TO BS +/- PTS"


def gamebook(
    players: pl.DataFrame, teams: pl.DataFrame, absent: pl.DataFrame, inactive: pl.DataFrame
) -> bytes:
    """Return a game's scorer's report.

    Args:
        players, teams: the game's rows of both tables of boxes.
        absent: ``team, player_name, reason`` of who dressed and did not play, or was not there.
        inactive: the same of the inactive players, who are called by their last name.
    """
    day = teams["game_date"][0]
    lines = [
        "NATIONAL BASKETBALL ASSOCIATION",
        "OFFICIAL SCORER'S REPORT",
        "FINAL BOX",
        f"{day:%A}, {day:%B} {day.day}, {day.year} Some Arena, Some City, OH",
        "Officials: #24 One Official, #36 Another Official",
        "Game Duration: 2:10",
        "Attendance: 19432 (Sellout)",
    ]
    for side, team in zip(("VISITOR", "HOME"), teams.sort("is_home").to_dicts(), strict=True):
        name = _FULL[team["team"]]
        lines.append(f"{side}: {name if side == 'VISITOR' else name.upper()} (12-3)")
        lines.append(_BOX_HEAD)
        lines += [_played(i, p) for i, p in enumerate(players.filter(team=team["team"]).to_dicts())]
        lines += [
            f"{50 + i} {p['player_name']} {p['reason']}"
            for i, p in enumerate(absent.filter(team=team["team"]).to_dicts())
        ]
        lines.append("240:00 " + _numbers(team))
        lines.append("50.0% 35.1% 77.8% TM REB: 9 TOT TO: 12 (14 PTS)")
    lines.append("SCORE BY PERIOD 1 2 3 4 FINAL")
    lines += [line for team in teams["team"] for line in _inactives(team, inactive)]
    lines.append("Points in the Paint: 40 (20/30)")
    lines += ["VISITOR: a quarter's box (0-0)", "1 Some Body F 12:00 " + " ".join(["0"] * 16)]
    columns = [list(group) for _, group in groupby(enumerate(lines), lambda pair: pair[0] // 60)]
    pages = [[Text(20, 40 + i % 60 * 12, line, 8.0) for i, line in column] for column in columns]
    return written(pages, PORTRAIT, creator="wkhtmltopdf 0.12.5")


def _numbers(box: dict[str, Any]) -> str:
    return " ".join(str(box[name]) for name in _BOX)


def _played(number: int, box: dict[str, Any]) -> str:
    position = "F " if box["is_starter"] else ""
    clock = f"{box['seconds_played'] // 60:02d}:{box['seconds_played'] % 60:02d}"
    return f"{number} {box['player_name']} {position}{clock} {_numbers(box)}"


def _inactives(team: str, inactive: pl.DataFrame) -> list[str]:
    """Return the list of a team, broken into lines as wide as the page."""
    told = ", ".join(
        f"{r['player_name'].partition(' ')[2]} ({r['reason']})"
        for r in inactive.filter(team=team).to_dicts()
    )
    name = _FULL[team].split()[-1]
    wide = int((PORTRAIT[0] - 40) / width("m", 8.0))
    return textwrap.wrap(f"Inactive: {name} - {told}", wide) if told else []
