"""The thirty teams: one tri-code each, and every spelling that providers use for them."""

from tipoff.errors import InputError

# tri-code: (NBA team id, city, nickname, further codes and spellings)
_TEAMS: dict[str, tuple[int, str, str, tuple[str, ...]]] = {
    "ATL": (1610612737, "Atlanta", "Hawks", ()),
    "BOS": (1610612738, "Boston", "Celtics", ()),
    "BKN": (1610612751, "Brooklyn", "Nets", ("BRK", "NJN", "New Jersey Nets")),
    "CHA": (1610612766, "Charlotte", "Hornets", ("CHO", "CHH", "Charlotte Bobcats")),
    "CHI": (1610612741, "Chicago", "Bulls", ()),
    "CLE": (1610612739, "Cleveland", "Cavaliers", ("Cavs",)),
    "DAL": (1610612742, "Dallas", "Mavericks", ("Mavs",)),
    "DEN": (1610612743, "Denver", "Nuggets", ()),
    "DET": (1610612765, "Detroit", "Pistons", ()),
    "GSW": (1610612744, "Golden State", "Warriors", ("GS",)),
    "HOU": (1610612745, "Houston", "Rockets", ()),
    "IND": (1610612754, "Indiana", "Pacers", ()),
    "LAC": (1610612746, "Los Angeles", "Clippers", ("LA Clippers",)),
    "LAL": (1610612747, "Los Angeles", "Lakers", ("LA Lakers",)),
    "MEM": (1610612763, "Memphis", "Grizzlies", ()),
    "MIA": (1610612748, "Miami", "Heat", ()),
    "MIL": (1610612749, "Milwaukee", "Bucks", ()),
    "MIN": (1610612750, "Minnesota", "Timberwolves", ("Wolves",)),
    "NOP": (1610612740, "New Orleans", "Pelicans", ("NO", "NOH", "NOK", "New Orleans Hornets")),
    "NYK": (1610612752, "New York", "Knicks", ("NY",)),
    "OKC": (1610612760, "Oklahoma City", "Thunder", ()),
    "ORL": (1610612753, "Orlando", "Magic", ()),
    "PHI": (1610612755, "Philadelphia", "76ers", ("Sixers",)),
    "PHX": (1610612756, "Phoenix", "Suns", ("PHO",)),
    "POR": (1610612757, "Portland", "Trail Blazers", ("Blazers",)),
    "SAC": (1610612758, "Sacramento", "Kings", ()),
    "SAS": (1610612759, "San Antonio", "Spurs", ("SA",)),
    "TOR": (1610612761, "Toronto", "Raptors", ()),
    "UTA": (1610612762, "Utah", "Jazz", ("UTAH",)),
    "WAS": (1610612764, "Washington", "Wizards", ("WSH",)),
}

TEAM_CODES: tuple[str, ...] = tuple(_TEAMS)


def _spellings() -> dict[str, str]:
    table: dict[str, str] = {}
    for code, (nba_id, city, nickname, others) in _TEAMS.items():
        for spelling in (code, str(nba_id), nickname, f"{city} {nickname}", *others):
            table[spelling.lower()] = code
    return table


SPELLINGS: dict[str, str] = _spellings()


def team_code(spelling: str) -> str:
    """Return the tri-code for a code, NBA id, nickname or full name.

    Raises:
        InputError: the spelling belongs to no NBA team.
    """
    code = SPELLINGS.get(spelling.strip().lower())
    if code is None:
        raise InputError(f"Expected an NBA team (code, full name or nickname), got {spelling!r}.")
    return code
