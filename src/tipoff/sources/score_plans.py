"""What to ask ESPN and balldontlie for: schedules, box scores and injuries, from date to date.

ESPN names a game by an id of its own, which the scoreboard of the date tells; balldontlie goes on
from page to page by a cursor. What is told of a date changes until its games are over, so an
answer counts only from noon Eastern of the day after it on.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from tipoff.domain.clock import EASTERN
from tipoff.domain.dates import iso_date
from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Request, document
from tipoff.sources.answer_rows import at, listed
from tipoff.sources.json_fields import text
from tipoff.sources.plans import KnownSoFar, Planner
from tipoff.sources.providers import balldontlie, espn

# What is told of games under way, and of injuries, is asked for anew after so long.
UNDER_WAY_FOR = timedelta(minutes=10)
INJURIES_FOR = timedelta(hours=1)
# Between a plan and its requests some time goes by; a new list is not begun so soon.
_AT_ONCE = timedelta(minutes=5)
_PAGE = {"per_page": "100"}
DAYS_OPTIONS = {
    "start": "first game date, ISO",
    "end": "last game date, ISO; today where left out",
    "parts": "games, boxes; both where left out",
}
_PARTS = ("games", "boxes")


def espn_days(known: KnownSoFar, options: Mapping[str, str]) -> Iterator[Request]:
    """Give the scoreboard of each date, then the box score of each game that it calls finished."""
    days, parts = _days(known, options), _parts(options)
    names = {f"{day:%Y%m%d}": day for day in days}
    for name, day in names.items():
        yield Request(espn.NAME, "scoreboard", {"dates": name}, _told_since(day, known.now))
    if "boxes" not in parts:
        return
    finished: dict[str, dict[str, bool]] = {}
    for answer in known.answers("scoreboard"):
        if answer.params.get("dates") in names:
            # The newest answer on a date is the last word on its games.
            finished[answer.params["dates"]] = _finished(document(answer))
    for games in finished.values():
        for event, is_over in games.items():
            if is_over:
                yield Request(espn.NAME, "summary", {"event": event})


def espn_today(known: KnownSoFar, _: Mapping[str, str]) -> Iterator[Request]:
    """Give the scoreboard of today and the injuries of the league."""
    day = known.now.astimezone(EASTERN).date()
    yield Request(espn.NAME, "scoreboard", {"dates": f"{day:%Y%m%d}"}, UNDER_WAY_FOR)
    yield Request(espn.NAME, "injuries", {}, INJURIES_FOR)


def balldontlie_days(known: KnownSoFar, options: Mapping[str, str]) -> Iterator[Request]:
    """Give the games month by month, page after page, and the box scores of each date."""
    days, parts = _days(known, options), _parts(options)
    if "games" in parts:
        for first, last in _months(days):
            params = {"start_date": f"{first}", "end_date": f"{last}", **_PAGE}
            yield from _pages(known, "games", params, _told_since(last, known.now))
    if "boxes" in parts:
        for day in days:
            good_for = _told_since(day, known.now)
            yield Request(balldontlie.NAME, "box_scores", {"date": f"{day}"}, good_for)


def balldontlie_today(known: KnownSoFar, _: Mapping[str, str]) -> Iterator[Request]:
    """Give the games of today and the injuries of the league, page after page."""
    day = known.now.astimezone(EASTERN).date()
    params = {"start_date": f"{day}", "end_date": f"{day}", **_PAGE}
    yield from _pages(known, "games", params, UNDER_WAY_FOR)
    yield from _pages(known, "player_injuries", _PAGE, INJURIES_FOR)


def _pages(
    known: KnownSoFar, endpoint: str, params: Mapping[str, str], good_for: timedelta
) -> Iterator[Request]:
    """Give a first page, and then each page that the one before it names.

    A page counts with the first page that it follows; one from before it is of another list.
    """
    yield Request(balldontlie.NAME, endpoint, params, good_for)
    newest = {frozenset(a.params.items()): a for a in known.answers(endpoint)}
    page = newest.get(frozenset(params.items()))
    if page is None or not _is_young(page, known.now, good_for):
        return
    since = known.now - (page.fetched_at or known.now) + _AT_ONCE
    while page is not None and _is_young(page, known.now, since):
        following = balldontlie.next_page(page)
        if following is None:
            return
        yield Request(balldontlie.NAME, endpoint, following, since)
        page = newest.get(frozenset(following.items()))


def _is_young(answer: Answer, now: datetime, good_for: timedelta) -> bool:
    return answer.fetched_at is not None and now - answer.fetched_at <= good_for


def _told_since(day: date, now: datetime) -> timedelta:
    """Return how young an answer on a date must be: from noon of the day after, or quite young."""
    settled = datetime.combine(day + timedelta(days=1), time(12), EASTERN)
    return max(now - settled, UNDER_WAY_FOR)


def _days(known: KnownSoFar, options: Mapping[str, str]) -> list[date]:
    today = known.now.astimezone(EASTERN).date()
    first, last = _day(options, "start", None), _day(options, "end", today)
    if last < first:
        raise InputError(f"Expected an end at or after the start {first}, got {last}.")
    span = (min(last, today) - first).days + 1
    return [first + timedelta(days=n) for n in range(span)]


def _day(options: Mapping[str, str], name: str, otherwise: date | None) -> date:
    stated = options.get(name)
    if stated is None and otherwise is not None:
        return otherwise
    return iso_date(stated or "", f"--param {name}")


def _parts(options: Mapping[str, str]) -> list[str]:
    stated = options.get("parts", ",".join(_PARTS))
    parts = [part.strip() for part in stated.split(",") if part.strip()]
    unknown = [part for part in parts if part not in _PARTS]
    if unknown or not parts:
        told = ", ".join(unknown) or "none"
        raise InputError(f"Expected parts out of {', '.join(_PARTS)}; got {told}.")
    return parts


def _months(days: list[date]) -> list[tuple[date, date]]:
    """Return the first and the last of the days of each month."""
    months: dict[tuple[int, int], list[date]] = {}
    for day in days:
        months.setdefault((day.year, day.month), []).append(day)
    return [(found[0], found[-1]) for found in months.values()]


def _finished(scoreboard: Any) -> dict[str, bool]:
    """Return the ids of a scoreboard's games, and whether each is over."""
    return {
        event_id: at(event, "status", "type", "completed") is True
        for event in listed(scoreboard, "events")
        if (event_id := text(at(event, "id"))) is not None
    }


ESPN_PLANNERS = (
    Planner("days", "schedule and box scores of past dates", espn_days, DAYS_OPTIONS),
    Planner("today", "today's games and the league's injuries", espn_today),
)
BALLDONTLIE_PLANNERS = (
    Planner("days", "schedule and box scores of past dates", balldontlie_days, DAYS_OPTIONS),
    Planner("today", "today's games and the league's injuries", balldontlie_today),
)
