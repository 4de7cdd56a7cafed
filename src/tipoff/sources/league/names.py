"""Made-up names of players."""

import numpy as np

_FIRST = (
    "Aldo Amare Ansel Ardin Baro Bastien Beck Bram Calder Camden Cassio Corvin Dacian Damir "
    "Dario Declan Dorian Edric Eino Elias Emeka Enzo Ervin Fabian Faron Florian Galen Gideon "
    "Goran Hale Henrik Idris Ilan Isandro Ivo Jairo Jarek Jens Joaquín Jolan Kaleb Kasimir "
    "Kenji Kofi Lazar Leander Lennart Luca Mael Marek Matías Milan Nico Niklas Oberon Odell "
    "Ondřej Orin Osman Otto Pascal Quade Rafal Ramiro Renzo Rinaldo Rohan Rufus Sander Seydou "
    "Silas Stellan Tarek Teodor Thaddeus Tobias Ulric Vadim Valter Vito Wendell Xander Yannick "
    "Yusuf Zoran Žiga"
)
# A tilde stands for a blank within a name.
_LAST = (
    "Abara Adair Almgren Anders Arkwright Balint Barlowe Belmonte Brandt Calloway Carrick "
    "Castellan Corrado Dahl Darrow Delacroix Doležal Drummond Eastman Edevane Ekström "
    "Fairbourne Farrow Fontane Galloway Garrick Greaves Halden Harrowgate Hollis Ibarra Ingram "
    "Jansson Karras Kestrel Kovač Lachance Langford Lindqvist Lorca Maddox Marchetti Mbeki "
    "Merrow Moreau Nakata Navarro Nyström O'Dwyer Okafor-Reyes Orlov Ostrander Pádraig "
    "Pemberton Petrov Quintero Radford Renaud Ridley Rostov Saar Santangelo Selwyn Sorensen "
    "St.~Clair Strand Tamworth Tavares Thorne Toivonen Ueda Valcourt Vandermeer Varga Vesely "
    "Wadsworth Whitlock Winslow Yardley Zabala Zeller"
)
_SUFFIX_EVERY = 23


def made_up_names(rng: np.random.Generator, count: int) -> list[str]:
    """Return distinct names; now and then one with a suffix, an accent or a hyphen."""
    surnames = [name.replace("~", " ") for name in _LAST.split()]
    pairs = [f"{first} {name}" for first in _FIRST.split() for name in surnames]
    names = [pairs[i] for i in rng.permutation(len(pairs))[:count]]
    return [f"{name} Jr." if i % _SUFFIX_EVERY == 5 else name for i, name in enumerate(names)]
