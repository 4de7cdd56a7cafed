"""Configurations: those that are shipped with the package, and anybody's own."""

import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from tipoff.errors import InputError
from tipoff.models.spec import sentence_of

Config = TypeVar("Config")


def shipped_text(name: str) -> str:
    """Return a shipped configuration: ``configs/NAME``."""
    packaged = files("tipoff").joinpath("configs", name)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "configs" / name).read_text(encoding="utf-8")


def read_toml(
    path: Path | None, name: str, what: str, build: Callable[[dict[str, Any]], Config]
) -> Config:
    """Read a configuration.

    Args:
        path: where it is; the shipped one where None.
        name: of the shipped one.
        what: it is, in a sentence.
        build: makes the configuration of what is read, and tries what can be tried.

    Raises:
        InputError: it can not be read, or something in it is wrong.
    """
    if path is not None and not path.is_file():
        raise InputError(f"Expected a {what} at {path}, found none.")
    try:
        text = shipped_text(name) if path is None else path.read_text(encoding="utf-8")
        return build(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Expected TOML in {path or name}: {error}.") from None
    except ValidationError as error:
        raise InputError(f"In {path or name}: {sentence_of(error)}") from None
    except TypeError as error:
        raise InputError(
            f"Expected values of {path or name} to be said once and where they belong: {error}."
        ) from None
