"""NBA.com: schedules, box scores, shots, injury reports, scorers' reports and rosters.

The statistics service asks for headers as a browser sends them and blocks the addresses of many
data centres; what the content network serves needs neither.
"""

from tipoff.sources.answer import Provider
from tipoff.sources.providers.nba.box_scores import BOX_SCORE, BOX_SCORE_LIVE, BOX_SCORE_V2
from tipoff.sources.providers.nba.game_log import GAME_LOG_PLAYERS, GAME_LOG_TEAMS
from tipoff.sources.providers.nba.gamebook import GAMEBOOK
from tipoff.sources.providers.nba.injury_report import INJURY_REPORT
from tipoff.sources.providers.nba.planners import PLANNERS
from tipoff.sources.providers.nba.play_by_play import PLAY_BY_PLAY
from tipoff.sources.providers.nba.rosters import PLAYER_INDEX, ROSTER_PAGE
from tipoff.sources.providers.nba.schedule import SCHEDULE, SCHEDULE_STATS, SCOREBOARD
from tipoff.sources.providers.nba.unread import PLAYER_MOVEMENT, REFEREES

__all__ = ["PLANNERS", "PROVIDER"]

PROVIDER = Provider(
    name="nba",
    about="NBA.com: schedules, box scores, shots, injury reports, scorers' reports, rosters.",
    address="https://stats.nba.com",
    endpoints={
        endpoint.name: endpoint
        for endpoint in (
            SCHEDULE,
            SCHEDULE_STATS,
            SCOREBOARD,
            GAME_LOG_PLAYERS,
            GAME_LOG_TEAMS,
            BOX_SCORE,
            BOX_SCORE_V2,
            BOX_SCORE_LIVE,
            PLAY_BY_PLAY,
            INJURY_REPORT,
            GAMEBOOK,
            PLAYER_INDEX,
            ROSTER_PAGE,
            REFEREES,
            PLAYER_MOVEMENT,
        )
    },
    headers={
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept": "application/json, text/plain, application/pdf, text/html, */*",
        "Accept-Language": "en-US,en;q=0.9",
        "Origin": "https://www.nba.com",
        "Referer": "https://www.nba.com/",
        "x-nba-stats-origin": "stats",
        "x-nba-stats-token": "true",
    },
    per_minute=30.0,
)
