"""The kill matrix: which detectors find which planted faults, as ``make museum`` measured it.

It is shipped beside this module, ``kill_matrix.json``; docs/kill-matrix.md says the same.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

TABLE = "kill_matrix.json"
FOUND, REFUSED = "found", "refused"


@dataclass(frozen=True)
class Shown:
    """What became of one planted fault.

    Attributes:
        name: of the plant.
        marks: by the detector's name ``found``, or ``refused`` where the code itself does not go
            on before the detector has anything to look at; silent ones are not there.
        first: what was first said of it.
    """

    name: str
    marks: Mapping[str, str]
    first: str

    @property
    def found_by(self) -> list[str]:
        """The detectors that found it; that the code refuses to go on is no finding."""
        return [name for name, mark in self.marks.items() if mark == FOUND]


@dataclass(frozen=True)
class KillMatrix:
    """Faults by detectors.

    Attributes:
        detectors: what each looks at, by name.
        faults: every planted fault.
        seeds: leagues of clean code that all detectors looked at.
        false_alarms: of detectors on these.
    """

    detectors: Mapping[str, str]
    faults: tuple[Shown, ...]
    seeds: int
    false_alarms: int

    @property
    def found(self) -> int:
        """How many faults at least one detector found."""
        return sum(bool(fault.found_by) for fault in self.faults)

    def as_json(self) -> str:
        """The text of the shipped file."""
        told = {
            "seeds": self.seeds,
            "false_alarms": self.false_alarms,
            "detectors": dict(self.detectors),
            "faults": [
                {"name": own.name, "marks": dict(own.marks), "first": own.first}
                for own in self.faults
            ],
        }
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def read_kill_matrix(text: str) -> KillMatrix:
    """Read what ``as_json`` wrote."""
    told: dict[str, Any] = json.loads(text)
    faults = tuple(Shown(**fault) for fault in told["faults"])
    return KillMatrix(told["detectors"], faults, told["seeds"], told["false_alarms"])


@cache
def kill_matrix() -> KillMatrix:
    """Return the shipped kill matrix."""
    return read_kill_matrix(files("tipoff.backtest").joinpath(TABLE).read_text(encoding="utf-8"))
