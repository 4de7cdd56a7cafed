"""The fields of the published documents as Markdown, read off their schema.

``python -m tests.workflows.published_reference`` writes it into docs/published.md.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tipoff.workflows.published_schema import DOCUMENTS

PAGE = Path(__file__).parents[2] / "docs" / "published.md"
BEGIN, END = "<!-- fields: begin -->\n", "<!-- fields: end -->\n"


def reference() -> str:
    """Return one table of fields per document and per part of one."""
    parts: dict[str, dict[str, Any]] = {}
    for model in DOCUMENTS.values():
        schema = model.model_json_schema(mode="serialization")
        parts[model.__name__] = {**schema, "is_document": True}
        for name, part in schema.get("$defs", {}).items():
            parts.setdefault(name, part)
    ordered = sorted(parts.items(), key=lambda item: (not item[1].get("is_document"), item[0]))
    return "\n".join(line for name, part in ordered for line in _table(name, part))


def _table(name: str, part: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    yield part["description"].splitlines()[0] + "\n"
    yield "| field | type | says |"
    yield "|---|---|---|"
    for field, said in part["properties"].items():
        yield f"| `{field}` | {_type(said)} | {said.get('description', '')} |"
    yield ""


def _type(said: dict[str, Any]) -> str:
    if "$ref" in said:
        return str(said["$ref"].rpartition("/")[2])
    if "anyOf" in said:
        return " or ".join(_type(one) for one in said["anyOf"])
    if "const" in said or "enum" in said:
        return ", ".join(f"`{one}`" for one in said.get("enum", [said.get("const")]))
    if said["type"] == "array":
        return f"list of {_type(said['items'])}"
    if said["type"] == "object":
        return f"{_type(said['additionalProperties'])} by name"
    return str(said.get("format", said["type"]))


def page() -> str:
    """Return the page with the tables as they are now."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    return f"{before}{BEGIN}{reference()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
