"""What features are computed from: each input with the words for its absence.

For every input the context says how old the newest row is that was known (``age_<input>``, days
before the decision instant). Where it is null the input was not there.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Input:
    """One input of features.

    Attributes:
        about: what it is.
        absent: why a value is missing where the input is.
    """

    about: str
    absent: str


INPUTS: dict[str, Input] = {
    "schedule": Input("the game itself: date, place, kind", "the game is not in the schedule"),
    "player_games": Input("his box scores of the season", "no game of his this season is known"),
    "team_games": Input("his team's games of the season", "no game of the team this season"),
    "opponent_games": Input("the opponent's games of the season", "no game of the opponent"),
    "player_shots": Input("his shots of the season", "no shots of his are known this season"),
    "opponent_shots": Input(
        "shots against the opponent this season", "no shots against the opponent are known"
    ),
    "prop_quotes": Input("quotes on him for this game", "nobody quoted him before the decision"),
    "lined_games": Input("his earlier games of the season with a line", "no earlier line of his"),
    "game_lines": Input("quotes on the game", "nobody quoted the game before the decision"),
    "availability": Input("injury reports on the game", "no injury report on the team was known"),
    "play_by_play": Input(
        "who assisted his makes of the season", "no play-by-play of a make of his this season"
    ),
}
