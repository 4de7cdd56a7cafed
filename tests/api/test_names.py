"""The public names: few, lazy, typed, and pinned by a golden file."""

import ast
import inspect
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import tipoff
from tipoff.api import results
from tipoff.api.recipe import Learner, Recipe, model_spec
from tipoff.errors import InputError
from tipoff.models.learner import LEARNERS
from tipoff.models.spec import ModelSpec

GOLDEN = Path(__file__).parents[1] / "golden" / "python_api.txt"
HOME = Path(tipoff.__file__).parent


def described() -> str:
    """Every public name with its signature, and every result with its attributes."""
    found = [_told(name, getattr(tipoff, name)) for name in tipoff.__all__]
    own = [
        o for o in vars(results).values() if is_dataclass(o) and o.__module__ == results.__name__
    ]
    found += [f"result {_told(o.__name__, o)}" for o in own if isinstance(o, type)]
    return "\n".join([*found, _told("recipe", Recipe)]) + "\n"


def _told(name: str, thing: Any) -> str:
    """As it is written in the source, so that it is the same with every Python."""
    node = ast.parse(inspect.getsource(thing)).body[0]
    if isinstance(node, ast.FunctionDef):
        return f"{name}{_signature(node)}"
    assert isinstance(node, ast.ClassDef)
    own = [
        f"    {ast.unparse(n)}" if isinstance(n, ast.AnnAssign) else f"    {n.name}{_signature(n)}"
        for n in node.body
        if isinstance(n, (ast.AnnAssign, ast.FunctionDef))
    ]
    return "\n".join([name, *(line for line in own if _is_public(line.strip()))])


def _signature(node: ast.FunctionDef) -> str:
    is_property = any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list)
    returned = "" if node.returns is None else ast.unparse(node.returns)
    return f": {returned}" if is_property else f"({ast.unparse(node.args)}) -> {returned}"


def _is_public(line: str) -> bool:
    return not line.startswith("_") or line.startswith("__init__")


def test_signatures_are_what_the_golden_file_says() -> None:
    assert described() == GOLDEN.read_text(), "if meant, write described() to the golden file"


def test_importing_tipoff_imports_nothing_heavy() -> None:
    code = "import sys, tipoff; print(*sorted(m for m in sys.modules if '.' not in m))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"polars", "deltalake", "pydantic", "numpy", "sklearn", "catboost", "dataframely"}
    assert heavy.isdisjoint(told.stdout.split())


def test_only_the_estimator_imports_scikit_learn() -> None:
    names = [n for n in tipoff.__all__ if n != "PropRegressor"]
    code = (
        f"import sys, tipoff; [getattr(tipoff, n) for n in {names}]; "
        "print('sklearn' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False"]


def test_without_scikit_learn_a_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "try:\n    from tipoff import PropRegressor\n"
        "except ImportError as error:\n    print(type(error).__mro__[1].__name__, error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("InputError Expected scikit-learn")
    assert "pip install tipoff[sklearn]" in told.stdout


def test_the_stub_names_what_there_is() -> None:
    tree = ast.parse((HOME / "__init__.pyi").read_text("utf-8"))
    stated = {
        str(alias.asname): f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(stated) == set(tipoff.__all__)
    for name, place in stated.items():
        thing = getattr(tipoff, name)
        assert f"{thing.__module__}.{thing.__qualname__}" == place
    assert (HOME / "py.typed").is_file()


def test_no_name_is_that_of_a_package_which_would_hide_it() -> None:
    inner = {path.stem for path in HOME.iterdir() if path.suffix in ("", ".py")}
    assert inner.isdisjoint(tipoff.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'features_of'"):
        _ = tipoff.features_of  # type: ignore[attr-defined]
    assert set(tipoff.__all__) <= set(dir(tipoff))


@pytest.mark.parametrize("name", tipoff.__all__)
def test_every_name_is_documented_with_its_arguments(name: str) -> None:
    thing = getattr(tipoff, name)
    doc = inspect.getdoc(thing) or ""
    assert doc
    if inspect.isfunction(thing):
        assert "Raises:" in doc
        missing = [p for p in inspect.signature(thing).parameters if p not in doc]
        assert missing == []
        assert "return" in get_type_hints(thing)


def test_a_recipe_has_the_fields_of_a_model_spec() -> None:
    assert set(Recipe.__annotations__) == set(ModelSpec.model_fields) - {"name", "market"}
    assert get_args(Learner) == LEARNERS
    plain = model_spec("a", "pts", {})
    assert plain == ModelSpec(name="a", market="points")


def test_the_estimator_takes_what_a_recipe_has_of_rows_alone() -> None:
    parameters = inspect.signature(tipoff.PropRegressor).parameters
    of_tables = {
        *("feature_set", "no_vegas", "distribution", "prior", "point"),
        *("exclude_features", "min_ppg", "max_ppg", "lines_only_train"),
    }
    assert set(parameters) == set(Recipe.__annotations__) - of_tables | {"threads"}
    for name, parameter in parameters.items():
        if name != "threads":
            assert parameter.default == ModelSpec.model_fields[name].default


def test_a_wrong_recipe_is_a_sentence() -> None:
    with pytest.raises(InputError, match="loss: expected a loss out of RMSE"):
        model_spec("a", "points", {"loss": "RMS"})
    with pytest.raises(InputError, match="deep: Extra inputs are not permitted"):
        model_spec("a", "points", {"deep": 3})
