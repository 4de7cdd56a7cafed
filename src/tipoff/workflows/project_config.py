"""``tipoff.toml``: what the commands of a project need not be told each time.

A value is that of the option where one is given, else of the environment (``TIPOFF_`` and the key
in capitals), else of the file, else the built-in one. The file is the one that ``TIPOFF_CONFIG``
names, else the nearest ``tipoff.toml`` from the working folder upwards. Paths in it are relative to
its folder.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tipoff.domain.market import market_named
from tipoff.errors import InputError, not_among
from tipoff.settings import DEFAULT_LAKE

NAME = "tipoff.toml"
VARIABLE = "TIPOFF_CONFIG"
Verbosity = Literal["quiet", "normal", "verbose"]


class ProjectConfig(BaseModel):
    """The keys of ``tipoff.toml``; all may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="tipoff.toml")

    lake: str = Field(default=DEFAULT_LAKE, min_length=1, description="Folder or URL of the lake.")
    market: str = Field(default="points", description="Market of commands that look at one.")
    feature_set: str = Field(default="v12", min_length=1, description="Feature set.")
    line_source: str = Field(
        default="draftkings",
        min_length=1,
        description="Lines to grade on: a book, several with commas, median, unpriced.",
    )
    threads: int = Field(default=2, ge=1, description="Threads of training; changes the time only.")
    workers: int = Field(default=1, ge=1, description="Processes of a backfill.")
    verbosity: Verbosity = Field(
        default="normal", description="Progress on stderr: quiet, normal or verbose."
    )
    daily_config: Path | None = Field(
        default=None, description="What 'tipoff daily' does; else the shipped daily.toml."
    )
    services_config: Path | None = Field(
        default=None, description="How the services run; else the shipped services.toml."
    )
    multiseason_config: Path | None = Field(
        default=None, description="The seasons' table; else the shipped multiseason.toml."
    )
    comparison_config: Path | None = Field(
        default=None, description="What 'tipoff compare' walks; else the shipped comparison.toml."
    )

    @field_validator("market")
    @classmethod
    def _is_market(cls, name: str) -> str:
        try:
            market_named(name)
        except InputError as error:
            raise ValueError(str(error)) from None
        return name


class Stated(NamedTuple):
    """A key's value and where it comes from.

    Attributes:
        source: ``environment``, ``file`` or ``default``.
        where: the variable or the file; empty of a default.
    """

    key: str
    value: Any
    source: str
    where: str


def variable_of(key: str) -> str:
    """Return the environment variable of a key."""
    return f"TIPOFF_{key.upper()}"


def config_file(start: Path | None = None) -> Path | None:
    """Return the project's file, or None where there is none.

    Args:
        start: where to begin to look upwards; the working folder by default.

    Raises:
        InputError: ``TIPOFF_CONFIG`` names a file that is not there.
    """
    stated = os.environ.get(VARIABLE, "")
    if stated:
        path = Path(stated)
        if not path.is_file():
            raise InputError(f"Expected a configuration at {path} ({VARIABLE}), found none.")
        return path
    try:
        here = (start or Path.cwd()).absolute()
    except FileNotFoundError:  # The working folder was removed.
        return None
    tries = (folder / NAME for folder in (here, *here.parents))
    return next((path for path in tries if path.is_file()), None)


def read_project(path: Path) -> dict[str, Any]:
    """Return the keys that a file states, paths made absolute.

    Raises:
        InputError: it can not be read, a key is unknown or a value is wrong.
    """
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Expected TOML in {path}: {error}.") from None
    except OSError as error:
        raise InputError(f"Expected to read {path}, but {error.strerror}.") from None
    strange = sorted(set(read) - set(ProjectConfig.model_fields))
    if strange:
        raise not_among(f"only keys of {path}", ProjectConfig.model_fields, strange[0])
    try:
        config = ProjectConfig.model_validate(read)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"Expected a value that fits {first['loc'][0]} in {path}, got {first['input']!r}: "
            f"{first['msg'].removeprefix('Value error, ').rstrip('.')}."
        ) from None
    folder = path.absolute().parent
    stated = {key: getattr(config, key) for key in read}
    return {key: _placed(key, value, folder) for key, value in stated.items()}


def _placed(key: str, value: Any, folder: Path) -> Any:
    if isinstance(value, Path):
        return folder / value.expanduser()
    is_path = key == "lake" and "://" not in value
    return str(folder / Path(value).expanduser()) if is_path else value


def in_force(path: Path | None = None) -> list[Stated]:
    """Return the value of every key as a command without options has it, and its source.

    Args:
        path: the project's file; the one that ``config_file`` finds by default.

    Raises:
        InputError: the file is wrong.
    """
    path = path or config_file()
    file: Mapping[str, Any] = read_project(path) if path else {}
    found = []
    for key, field in ProjectConfig.model_fields.items():
        told = os.environ.get(variable_of(key))
        if told:
            found.append(Stated(key, told, "environment", variable_of(key)))
        elif key in file:
            found.append(Stated(key, file[key], "file", str(path)))
        else:
            found.append(Stated(key, field.default, "default", ""))
    return found


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of ``tipoff.toml``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ProjectConfig.model_json_schema(),
    }


def schema_text() -> str:
    """Return the schema as it is shipped: ``configs/tipoff.schema.json``."""
    return json.dumps(json_schema(), indent=2) + "\n"


def key_table() -> str:
    """Return the keys as a Markdown table, for docs/configuration.md."""
    lines = ["| key | variable | default | what it is |", "|---|---|---|---|"]
    for key, field in ProjectConfig.model_fields.items():
        value = "–" if field.default is None else f"`{json.dumps(field.default)}`"
        lines.append(f"| `{key}` | `{variable_of(key)}` | {value} | {field.description} |")
    return "\n".join(lines) + "\n"


def commented() -> str:
    """Return a file with every key at its built-in value, all but the lake commented out."""
    parts = [
        "# What the commands of this project need not be told each time. An option comes first,",
        "# then the environment (TIPOFF_ and the key in capitals), then this file. Paths are",
        "# relative to this folder. 'tipoff config show' tells where each value comes from.",
    ]
    for key, field in ProjectConfig.model_fields.items():
        value = "a/path.toml" if field.default is None else field.default
        said = f"# {field.description}"
        # Said, so that the lake is this folder's from any folder below it.
        mark = "" if key == "lake" else "# "
        parts += ["", said, f"{mark}{key} = {json.dumps(value)}"]
    return "\n".join(parts) + "\n"
