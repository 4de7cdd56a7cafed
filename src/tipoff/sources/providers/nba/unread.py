"""What the NBA publishes and nothing in tipoff reads yet: referees and transactions.

The answers are checked and their rows counted, so that they can be read once something needs them.
"""

from tipoff.sources.answer import Answer, Endpoint, document, expect, holds_keys
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.providers.nba.fields import counted
from tipoff.tables.raw import GAMES, ROSTERS
from tipoff.tables.table import Table

_LEAGUES = {"nba": "NBA", "gl": "G League", "wnba": "WNBA"}
_PARTS = {"Table": "games with their referees", "Table1": "referees of the replay centre"}


def _refused(table: Table, counts: dict[str, int]) -> list[Parsed]:
    return [Parsed(table, table.empty(), {reason: n for reason, n in counts.items() if n})]


def _parse_referees(answer: Answer, _: Reference) -> list[Parsed]:
    """Count the games and referees of a date, by league."""
    body = expect(answer, document(answer), dict, "an object")
    expect(answer, body.get("nba"), dict, "an object nba")
    counts: dict[str, int] = {}
    for league, name in _LEAGUES.items():
        of_league = body.get(league)
        for part, what in _PARTS.items():
            found = of_league.get(part) if isinstance(of_league, dict) else None
            rows = found.get("rows") if isinstance(found, dict) else None
            if league == "nba" and part == "Table":
                rows = expect(answer, rows, list, "rows of games")
            number = len(rows) if isinstance(rows, list) else 0
            reason = f"{what} ({name}), which nothing in tipoff reads yet"
            counts = counted(counts, {reason: number})
    return _refused(GAMES, counts)


def _parse_movement(answer: Answer, _: Reference) -> list[Parsed]:
    """Count signings, waivers and trades."""
    body = expect(answer, document(answer), dict, "an object")
    moves = expect(answer, body.get("NBA_Player_Movement"), dict, "an NBA_Player_Movement")
    rows = expect(answer, moves.get("rows"), list, "rows of transactions")
    reason = "transactions (signed, waived, traded), which nothing in tipoff reads yet"
    return _refused(ROSTERS, {reason: len(rows)})


REFEREES = Endpoint(
    name="referees",
    about="Referees of a date's games, from `date`; counted, not read.",
    stage=Stage.EVENTS,
    path="https://official.nba.com/wp-json/api/v1/get-game-officials",
    recognises=lambda body: holds_keys(body, "nba", "gl", "wnba"),
    parse=_parse_referees,
)
PLAYER_MOVEMENT = Endpoint(
    name="player_movement",
    about="Signings, waivers and trades since 2015; counted, not read.",
    stage=Stage.EVENTS,
    path="/js/data/playermovement/NBA_Player_Movement.json",
    recognises=lambda body: holds_keys(body, "NBA_Player_Movement"),
    parse=_parse_movement,
)
