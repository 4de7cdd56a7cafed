"""Write the generated reference: commands, tables, configuration, schemas and the Python API.

``conf.py`` calls it when the book is built; nothing that it writes is committed.
"""

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import textwrap
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.main import get_command

import tipoff
import tipoff.tables
from tipoff.cli.app import app
from tipoff.processors.catalogue import PROCESSORS
from tipoff.tables.table import Kind, Table
from tipoff.workflows.project_config import key_table

Lines = Iterator[str]

KINDS = {
    Kind.RAW: "Raw tables: appended, never updated",
    Kind.DERIVED: "Derived tables: what processors write",
    Kind.LOG: "Logs: what was done, asked, predicted and found",
    Kind.TRUTH: "Truth of a made-up league: nothing that predicts may read it",
}
KNOWN = {
    "season": "of the game, such as 2024-25",
    "game_date": "when it is about, US Eastern",
    "source": "who says it",
    "observed_at": "when it became known, UTC",
    "observed_basis": "recorded, or assumed by the rule of the table",
    "is_deleted": "it ends what it names from its own `observed_at` on",
    "row_hash": "of the row's values, but for identity and observation",
}
# A file that a user writes: its name, the model that reads it, and where an example stands.
CONFIGS = (
    ("daily.toml", "tipoff.workflows.daily_config:Daily", "configs/daily.toml"),
    ("multiseason.toml", "tipoff.workflows.table_config:TableConfig", "configs/multiseason.toml"),
    ("comparison.toml", "tipoff.workflows.comparison_config:Comparison", "configs/comparison.toml"),
    ("services.toml", "tipoff.web.settings:Settings", "configs/services.toml"),
    ("a mapping file", "tipoff.sources.mapping_spec:Mapping", "configs/mappings/"),
)


def write(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "cli": commands(),
        "tables": tables(),
        "config": configs(),
        "schemas": schemas(folder),
        "python": python(),
    }
    for name, lines in pages.items():
        (folder / f"{name}.md").write_text("\n".join(lines) + "\n", "utf-8")


def cell(text: object) -> str:
    """Return text as one cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("``", "`")


def row(*cells: object) -> str:
    """Return one row of a Markdown table."""
    return f"| {' | '.join(cell(c) for c in cells)} |"


def head(*names: str) -> Lines:
    """Yield the head of a Markdown table."""
    yield row(*names)
    yield row(*("---" for _ in names))


# Commands


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that can be run, with its words, in the order of the program's help."""
    children: dict[str, Any] = getattr(command, "commands", {})
    if not children or getattr(command, "invoke_without_command", False):
        yield words, command
    for name, child in children.items():
        if not child.hidden:
            yield from leaves(child, (*words, name))


def commands() -> Lines:
    """The page of commands: each with its arguments and options."""
    yield "# Commands\n"
    yield "Every command answers `--help`. Exit codes: 0 done, 1 failed, 2 bad input, 3 done with a"
    yield "negative verdict. With `--json` exactly one JSON document goes to stdout."
    for words, command in leaves(get_command(app)):
        if words:
            yield from _command(" ".join(words), command)


def _command(name: str, command: Any) -> Lines:
    yield f"\n## tipoff {name}\n"
    yield inspect.cleandoc(command.help or "")
    yield ""
    yield from head("option", "takes", "default", "what")
    for param in command.params:
        if not getattr(param, "hidden", False):
            yield row(*_param(param))


def _param(param: Any) -> tuple[str, str, str, str]:
    is_argument = param.param_type_name == "argument"
    names = [(param.name or "").upper()] if is_argument else [*param.opts, *param.secondary_opts]
    kind = param.metavar or ("" if getattr(param, "is_flag", False) else _bare(param))
    default = "" if param.default in (None, False, ()) or callable(param.default) else param.default
    if param.required:
        default = "*required*"
    return ", ".join(f"`{n}`" for n in names), kind, str(default), getattr(param, "help", "") or ""


def _bare(param: Any) -> str:
    bare = param.bare_type()
    return str(getattr(bare, "__name__", bare)).lower()


# Tables


def stored() -> list[Table]:
    """Every table that a lake may hold, by name."""
    found: dict[str, Table] = {processor.table.name: processor.table for processor in PROCESSORS}
    for module in _modules(tipoff.tables):
        found |= {t.name: t for t in vars(module).values() if isinstance(t, Table)}
    return [found[name] for name in sorted(found)]


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(info.name)


def tables() -> Lines:
    """The page of tables: each with its key, columns, types and what they hold."""
    yield "# Tables\n"
    yield "A lake is a folder of open Delta tables, one folder each. Moments are UTC, dates are US"
    yield "Eastern. Rows of raw tables say when they became known (`observed_at`); see"
    yield "[two clocks](../decisions/two-clocks.md).\n"
    yield from head("in every raw table", "says")
    for name, said in KNOWN.items():
        yield row(f"`{name}`", said)
    for kind, title in KINDS.items():
        yield f"\n## {title}"
        for table in stored():
            if table.kind is kind:
                yield from _table(table)


def _table(table: Table) -> Lines:
    yield f"\n### {table.name}\n"
    about = inspect.getdoc(table.schema) or ""
    if about and about != inspect.getdoc(table.schema.__mro__[-2]):
        yield about.split("\n\n")[0] + "\n"
    yield f"Key: {', '.join(f'`{c}`' for c in table.key)}."
    if table.is_outcome:
        yield "Rows tell what happened: a game's own are never known at its decision."
    yield ""
    yield from head("column", "type", "null", "what")
    comments = _comments(table.schema)
    for name, column in table.schema.columns().items():
        if table.kind is Kind.RAW and name in KNOWN:
            continue
        said = (column.metadata or {}).get("doc") or comments.get(name, "")
        yield row(f"`{name}`", column.dtype, "may be" if column.nullable else "never", said)


def _comments(schema: type) -> dict[str, str]:
    """What comments in the source say of columns, base schemas first."""
    found: dict[str, str] = {}
    for one in reversed(schema.__mro__):
        try:
            source = inspect.getsource(one)
        except (OSError, TypeError):
            continue
        if one.__module__.startswith("tipoff."):
            found |= dict(re.findall(r"^    (\w+) = .*?#\s*(?!noqa)(.+)$", source, re.MULTILINE))
    return found


# Configuration


def configs() -> Lines:
    """The page of configuration files: each with its fields, types and defaults."""
    yield "# Configuration files\n"
    yield "TOML. An unknown field, or a value that can not be, is refused with a sentence. Secrets"
    yield "come from the environment only: see [services](../services.md) and `tipoff fetch"
    yield "providers`.\n"
    yield from _variables()
    yield "\n## tipoff.toml\n"
    yield "What the commands of a project need not be told each time: see"
    yield "[configuration](../configuration.md). `tipoff init` writes one.\n"
    yield key_table().rstrip()
    done: set[type] = set()
    for name, where, example in CONFIGS:
        module, _, attribute = where.partition(":")
        yield f"\n## {name}\n"
        yield f"Example: `{example}` in the repository.\n"
        yield from _model(getattr(importlib.import_module(module), attribute), done)


def _variables() -> Lines:
    """Environment variables that the source names."""
    root = Path(inspect.getfile(tipoff)).parent
    texts = [path.read_text("utf-8") for path in sorted(root.rglob("*.py"))]
    names = sorted({n for text in texts for n in re.findall(r'"(TIPOFF_[A-Z_]*[A-Z])"', text)})
    yield f"Environment variables that are read: {', '.join(f'`{n}`' for n in names)}."


def _model(model: type[BaseModel], done: set[type], name: str = "") -> Lines:
    if model in done:
        return
    done.add(model)
    if name:
        yield f"\n### {name}\n"
    yield (inspect.getdoc(model) or "").split("\n\n")[0] + "\n"
    docs = attributes(model)
    yield from head("field", "type", "default", "what")
    parts: dict[type[BaseModel], str] = {}
    for key, field in model.model_fields.items():
        yield row(
            f"`{field.alias or key}`",
            f"`{_typed(field.annotation)}`",
            _default(field),
            field.description or docs.get(key, ""),
        )
        parts |= {part: part.__name__ for part in _models_in(field.annotation)}
    for part, title in parts.items():
        yield from _model(part, done, title)


def attributes(of: type) -> dict[str, str]:
    """What the ``Attributes`` of a docstring say, by name; several may share one line."""
    doc = inspect.cleandoc(of.__doc__ or "")
    block = doc.partition("Attributes:\n")[2].split("\n\n")[0]
    found: dict[str, str] = {}
    for item in re.split(r"\n(?=\S)", textwrap.dedent(block)):
        names, colon, text = item.partition(":")
        if colon:
            found |= {name.strip(): cell(text) for name in names.split(",")}
    return found


def _typed(annotation: object) -> str:
    text = inspect.formatannotation(annotation)
    return re.sub(r"(?:[A-Za-z_]\w*\.)+(\w+)", r"\1", text).replace("|", "or")


def _default(field: Any) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "*required*" if field.is_required() else "empty"
    if isinstance(value, BaseModel):
        return "as below"
    return (
        ""
        if value is None or value == ()
        else f"`{value.value if isinstance(value, Enum) else value}`"
    )


def _models_in(annotation: object) -> Iterable[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


# Schemas


def schemas(folder: Path) -> Lines:
    """The page of published schemas and of the HTTP API; the schemas lie beside it."""
    from tipoff.workflows.published_schema import DOCUMENTS, schema_of  # noqa: PLC0415

    yield "# JSON schemas and HTTP\n"
    yield "Documents of `tipoff publish`, read off the code when this book was built; their fields"
    yield "are explained in [published](../published.md)."
    yield ""
    yield from head("document", "schema", "what")
    for name, model in DOCUMENTS.items():
        (folder / f"{name}.schema.json").write_bytes(schema_of(name))
        about = (inspect.getdoc(model) or "").splitlines()[0]
        yield row(f"`{name}`", f"{{download}}`{name}.schema.json`", about)
    described = openapi()
    (folder / "openapi.json").write_text(json.dumps(described, indent=2), "utf-8")
    yield "\n## HTTP\n"
    yield "`tipoff services run` serves these ({download}`openapi.json`);"
    yield "[services](../services.md) says who needs a key.\n"
    yield from head("address", "what")
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            yield row(f"`{method.upper()} {path}`", said.get("summary") or "")


def openapi() -> dict[str, Any]:
    """The description of the HTTP API, made without a lake."""
    from fastapi import FastAPI  # noqa: PLC0415

    from tipoff.web.checks import checks  # noqa: PLC0415
    from tipoff.web.job_routes import job_routes  # noqa: PLC0415
    from tipoff.web.operations import operations  # noqa: PLC0415
    from tipoff.web.reads import reads  # noqa: PLC0415
    from tipoff.web.work import WORKS  # noqa: PLC0415

    class Nobody:
        """Stands where routes keep what they will ask; describing them asks nothing."""

        works = WORKS

        def __getattr__(self, name: str) -> "Nobody":
            return self

        def __iter__(self) -> Iterator[Any]:
            return iter(())

    api, state = FastAPI(title="tipoff", version=tipoff.__version__), Nobody()
    for routes in (reads(state), operations(state), checks(state), job_routes(state)):
        api.include_router(routes)
    return api.openapi()


# Python


def python() -> Lines:
    """The page of the Python API: the public names of ``tipoff``."""
    names = getattr(tipoff, "__all__", ())
    yield "# Python\n"
    yield "The public names of `tipoff`. Everything else may change from one version to the next.\n"
    if not names:
        yield "This version has no public names but `tipoff.__version__`: use the commands."
    for name in names:
        yield from _public(name, getattr(tipoff, name))


def _public(name: str, value: object) -> Lines:
    if inspect.ismodule(value):
        return
    yield f"\n## {name}\n"
    if not callable(value):
        yield f"`{value!r}`"
        return
    yield "```text"
    yield f"{name}{_signature(value)}"
    yield "```\n"
    yield from _docstring(value)
    if inspect.isclass(value) and not dataclasses.is_dataclass(value):
        for key, member in vars(value).items():
            if inspect.isfunction(member) and not key.startswith("_"):
                yield f"\n### {name}.{key}\n"
                yield "```text"
                yield f"{name}.{key}{_signature(member)}"
                yield "```\n"
                yield from _docstring(member)


def _signature(value: Any) -> str:
    try:
        text = str(inspect.signature(value))
    except ValueError:
        return "(…)"
    text = re.sub(r"<object object at 0x[0-9a-f]+>|<factory>", "…", text)
    return re.sub(r"(?:[A-Za-z_]\w*\.)+(\w+)", r"\1", text)


def _docstring(value: object) -> Lines:
    doc = inspect.getdoc(value)
    if doc:
        yield "```text"
        yield doc.replace("``", "`")
        yield "```"


if __name__ == "__main__":
    write(Path(__file__).parent / "reference")
