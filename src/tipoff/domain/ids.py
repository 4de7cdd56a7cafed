"""Canonical ids: games, and the key under which a player's name is compared."""

import re
import unicodedata
from datetime import date

_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "v"}
# Apostrophes of all kinds; the acute accent and the grave one are used as such.
_DROPPED = re.compile(r"[.'’`´]")
_TIGHT_INITIAL = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_]['’]?[^\W\d_])")
_DASH = re.compile(r"[-‐‑‒–—―−]")
_NOT_LETTER = re.compile(r"[^a-z ]")
# Letters that are no letter with an accent, as the NBA writes them without one.
_PLAIN = str.maketrans(
    {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
_MOST_READINGS = 3


def game_id(game_date: date, away_team: str, home_team: str) -> str:
    """Return the canonical game id ``YYYYMMDD_AWY_HOM`` (date in US Eastern)."""
    return f"{game_date:%Y%m%d}_{away_team}_{home_team}"


def name_key(name: str) -> str:
    """Return the form in which names of different providers are compared.

    Accents are stripped, case folded, ``.`` and ``'`` removed, hyphens and any blanks become
    spaces, and a generational suffix is dropped: ``"Luka Dončić"`` and ``"luka doncic"`` are
    equal, and so are ``"Jaren Jackson Jr."`` and ``"Jaren Jackson"``. "Last, First" is turned
    round, "J.Tatum" is "J. Tatum". UTF-8 that was read as Latin-1 is read again.
    """
    name = _TIGHT_INITIAL.sub(r"\1 ", _turned(reread(name)))
    folded = _DASH.sub(" ", _DROPPED.sub("", name))
    decomposed = unicodedata.normalize("NFKD", folded)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    # Once more, for what only the decomposition has made plain.
    plain = _DASH.sub(" ", _DROPPED.sub("", plain)).translate(_PLAIN)
    words = _NOT_LETTER.sub("", " ".join(plain.split())).split()
    while len(words) > 2 and words[-1] in _SUFFIXES:
        words.pop()
    return " ".join(words)


def _turned(name: str) -> str:
    """Turn "Last, First", "Last Jr., First" and "Last, Jr., First" round."""
    parts = [part.split() for part in name.replace("\uff0c", ",").split(",")]
    given = [
        [word for word in part if word.lower().rstrip(".") not in _SUFFIXES] for part in parts[1:]
    ]
    said = [part for part in given if part]
    if not 2 <= len(parts) <= 3 or len(said) > 1:
        return name
    return " ".join([*(said[0] if said else []), *parts[0]])


def reread(name: str) -> str:
    """Repair UTF-8 that was read as Latin-1 or Windows-1252, as in ``"JokiÄ‡"``.

    Only where every character is one byte of such a reading and all the bytes are UTF-8; other
    names are returned as they are. Names that went wrong twice are read twice.
    """
    for _ in range(_MOST_READINGS):
        if name.isascii():
            return name
        try:
            name = b"".join(map(_byte, name)).decode("utf-8")
        except UnicodeError:
            return name
    return name


def _byte(character: str) -> bytes:
    """Return the byte that was read as this character.

    Windows-1252 leaves some bytes open; readers give them the control characters of Latin-1.
    """
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")
