"""All layouts that tipoff knows, and which of them a file has."""

from tipoff.sources import (
    bigdataball,
    game_line_files,
    named_logs,
    nba_logs,
    prop_lines_daily,
    prop_lines_odds_api,
    schedules,
    shots,
    team_logs,
)
from tipoff.sources.format import Content, Format

FORMATS: tuple[Format, ...] = (
    *schedules.FORMATS,
    *nba_logs.FORMATS,
    *named_logs.FORMATS,
    *team_logs.FORMATS,
    *shots.FORMATS,
    *bigdataball.FORMATS,
    *prop_lines_daily.FORMATS,
    *prop_lines_odds_api.FORMATS,
    *game_line_files.FORMATS,
)


def recognise(content: Content) -> Format | None:
    """Return the layout that a file has by its content; None where tipoff knows none."""
    return next((layout for layout in FORMATS if layout.recognises(content)), None)
