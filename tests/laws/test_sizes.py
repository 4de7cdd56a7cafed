"""Modules stay under 400 lines, functions under 50; a signature and a docstring are no code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tipoff

MODULES = sorted(Path(tipoff.__file__).parent.rglob("*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _long(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            code = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if code and (code[-1].end_lineno or 0) - code[0].lineno + 1 > 50:
                yield node.name


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_and_its_functions_are_short(module: Path) -> None:
    text = module.read_text("utf-8")
    assert len(text.splitlines()) < 400
    assert list(_long(text)) == []


def test_a_long_function_is_noticed() -> None:
    lines = "\n".join("    x = 1" for _ in range(51))
    assert list(_long(f'def f(\n    a,\n):\n    """Say."""\n{lines}\n')) == ["f"]
    assert list(_long(f"def f(a):\n{lines[:-10]}\n")) == []
