"""US Eastern game dates and UTC moments, and what is assumed where no moment was recorded.

Every raw row says when it became known. Where the provider did not record that, one function
per kind of table states the assumption; rows built on it carry ``observed_basis = "assumed"``.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

RECORDED = "recorded"
ASSUMED = "assumed"

BOX_SCORE_DELAY = timedelta(hours=4)
# A bought play-by-play file comes 6 to 12 hours after a game, which takes up to 3.
FILE_DROP_DELAY = timedelta(hours=15)
UNTIMED_LINE_CLOCK = time(12, 0)
UNTIMED_LINE_LEAD = timedelta(minutes=60)
SCHEDULE_CLOCK = time(12, 0)
ASSUMED_TIP_OFF_CLOCK = time(19, 0)


def eastern_date(moment: datetime) -> date:
    """Return the US Eastern calendar date of an aware moment."""
    return moment.astimezone(EASTERN).date()


def eastern_moment(day: date, clock: time) -> datetime:
    """Return the UTC moment of a US Eastern wall clock."""
    return datetime.combine(day, clock, tzinfo=EASTERN).astimezone(UTC)


def assumed_tip_off(game_date: date) -> datetime:
    """A game without a known tip-off is taken to start at 19:00 Eastern."""
    return eastern_moment(game_date, ASSUMED_TIP_OFF_CLOCK)


def assumed_box_score_known(tip_off_at: datetime) -> datetime:
    """A box score or shot is taken to be known four hours after tip-off."""
    return tip_off_at + BOX_SCORE_DELAY


def assumed_file_drop_known(tip_off_at: datetime) -> datetime:
    """A file dropped 6 to 12 hours after the game is taken to be known 15 hours after tip-off."""
    return tip_off_at + FILE_DROP_DELAY


def assumed_schedule_known(game_date: date) -> datetime:
    """A schedule row is taken to be known at noon Eastern on the day before the game."""
    return eastern_moment(game_date - timedelta(days=1), SCHEDULE_CLOCK)


def assumed_daily_line_known(game_date: date, tip_off_at: datetime) -> datetime:
    """An untimed daily line: noon Eastern, or an hour before tip-off where that is earlier."""
    return min(eastern_moment(game_date, UNTIMED_LINE_CLOCK), tip_off_at - UNTIMED_LINE_LEAD)
