"""A registry in memory: the real steps of the workflow over a log that is a frame."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import polars as pl

from tipoff.errors import InputError
from tipoff.registry.stages import event, standing
from tipoff.store.lake import validated
from tipoff.tables.models import CANDIDATE, MODEL_EVENTS, REGISTERED
from tipoff.workflows import models

MARKETS = ("points", "threes")
START = datetime(2023, 1, 1, tzinfo=UTC)


class Memory:
    """The log of events, and what the conditions are to say next."""

    def __init__(self, names: Sequence[tuple[str, str]]) -> None:
        """Register models, given by name and market."""
        self.events = MODEL_EVENTS.empty()
        self.names = {name * 64: (name, market) for name, market in names}
        self.passes = True
        self.broken: set[str] = set()
        for model, (_, market) in self.names.items():
            about = {"model_id": model, "market": market, "stage": None}
            self.add([event(about, REGISTERED, CANDIDATE, reason="Fitted.", by="x")], self.number())

    def number(self, *_: object) -> int:
        return int(self.events["number"].max() or 0)  # type: ignore[arg-type]

    def add(self, steps: Sequence[Mapping[str, Any]], expected: int, **_: object) -> None:
        assert expected == self.number()
        rows = [
            {"number": expected + n, "at": START + timedelta(hours=expected + n), **one}
            for n, one in enumerate(steps, start=1)
        ]
        new = pl.DataFrame(rows, schema=MODEL_EVENTS.columns)
        self.events = pl.concat([self.events, validated(MODEL_EVENTS, new)])

    def records(self, *_: object) -> list[dict[str, Any]]:
        stages = {row["model_id"]: row for row in standing(self.events).to_dicts()}
        return [
            {**stages[model], "model_id": model, "name": name, "market": market}
            for model, (name, market) in self.names.items()
        ]

    def record(self, _: object, named: str) -> dict[str, Any]:
        return next(row for row in self.records() if named in (row["model_id"], row["name"]))

    def stage(self, name: str) -> str:
        return str(self.record(None, name)["stage"])

    def is_forced(self, name: str) -> bool:
        return bool(self.record(None, name)["is_forced"])

    def _judged(self, *_: object) -> list[dict[str, Any]]:
        about = {"name": "gates", "observed": "this", "required": "that", "can_be_forced": True}
        return [{**about, "passed": self.passes}]

    def _broken(self, _: object, record: Mapping[str, Any]) -> str | None:
        return "its file is gone" if record["name"] in self.broken else None

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let the workflow's commands work on it."""
        with patch.multiple(
            models,
            newest_number=self.number,
            record_named=self.record,
            records_of=self.records,
            events_of=lambda _: self.events,
            happened=lambda _, steps, expected, now=None: self.add(steps, expected),
            against=lambda *_: None,
            _judged=self._judged,
            _broken=self._broken,
        ):
            yield


def tried(step: Any, *args: Any, **more: Any) -> bool:
    """Take a step; False where it leads nowhere."""
    try:
        step(*args, **more)
    except InputError:
        return False
    return True
