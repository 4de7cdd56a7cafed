"""What a service packages: the files behind it, found by its imports, and their content's hash.

Only names and bytes count: not when a file was written, not where the package lies, not what a
label says.
"""

import ast
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import tipoff
from tipoff.errors import InputError
from tipoff.monitoring.services import READ_BY_NAME, Service
from tipoff.store.fingerprint import imported

PACKAGE = Path(tipoff.__file__).parent
Files = list[tuple[str, str]]
_CONFIGS = "configs/"


def packaged(
    service: Service,
    root: Path = PACKAGE,
    *,
    read_by_name: Mapping[str, tuple[str, ...]] = READ_BY_NAME,
) -> Files:
    """Return the files that a service packages, sorted: path below the package, SHA-256.

    Args:
        service: the service.
        root: the package's folder.
        read_by_name: files that modules read by name, as globs.

    Raises:
        InputError: an entry, an import or a mapped path matches nothing, or a file can not be
            read.
    """
    modules = _modules(root)
    todo = [
        _file(modules, name, f"The service {service.name} starts with") for name in service.entries
    ]
    if not todo:
        raise InputError(
            f"Expected the service {service.name} to name a module that it starts "
            "with; it names none."
        )
    todo += _mapped(root, service.paths, f"the service {service.name}")
    found = dict[str, str]()
    names = {path: name for name, path in modules.items()}
    while todo:
        path = todo.pop()
        shown = _shown(path, root)
        if shown in found:
            continue
        content = _content(path)
        found[shown] = sha256(content).hexdigest()
        if path in names:
            name = names[path]
            needs = _needs(content, path, name, modules)
            todo += [_file(modules, needed, f"{shown} imports") for needed in needs]
            todo += _mapped(root, read_by_name.get(name, ()), f"the module {name}")
    return sorted(found.items())


def content_hash(files: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 of some files' paths and hashes, in whatever order they come."""
    whole = sha256()
    for path, digest in sorted(files):
        whole.update(f"{path}\0{digest}\n".encode())
    return whole.hexdigest()


def _modules(root: Path) -> dict[str, Path]:
    """Return the source file of every module below the package's folder."""
    found = dict[str, Path]()
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        inner = parts[:-1] if parts[-1] == "__init__" else parts
        found[".".join(("tipoff", *inner))] = path
    return found


def _file(modules: Mapping[str, Path], name: str, who: str) -> Path:
    if name not in modules:
        raise InputError(
            f"{who} {name}, but the package has no such module. Name one that is there; what is "
            "not found can not be said to be unchanged."
        )
    return modules[name]


def _mapped(root: Path, patterns: Iterable[str], whose: str) -> list[Path]:
    """Return the files that some globs match, each of which must match one."""
    found = list[Path]()
    for pattern in patterns:
        matched = [path for path in _base(root, pattern).glob(pattern) if path.is_file()]
        if not matched:
            raise InputError(
                f"Expected the mapped path {pattern} of {whose} to match a file below {root}; it "
                "matches none. Correct it or take it out; what is not found can not be said to be "
                "unchanged."
            )
        found += matched
    return found


def _base(root: Path, pattern: str) -> Path:
    """Return the folder that a glob starts from: in a checkout configs are beside the source."""
    is_beside = pattern.startswith(_CONFIGS) and not (root / _CONFIGS).is_dir()
    return root.parent.parent if is_beside else root


def _shown(path: Path, root: Path) -> str:
    base = root if path.is_relative_to(root) else root.parent.parent
    return path.relative_to(base).as_posix()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"Expected to read {path}, but {error.strerror}.") from None


def _needs(content: bytes, path: Path, name: str, modules: Mapping[str, Path]) -> set[str]:
    """Return the modules that one imports, and the packages that Python imports with it."""
    is_package = path.name == "__init__.py"
    package = name if is_package else name.rpartition(".")[0]
    try:
        nodes = _imports(content)
        needs = {n for node in nodes for n in imported(node, modules.__contains__, package)}
    except (SyntaxError, ValueError, ImportError) as error:
        raise InputError(f"Expected Python in {path}: {error}.") from None
    inner = name.split(".")
    return needs | {".".join(inner[:length]) for length in range(1, len(inner))}


@lru_cache(maxsize=4096)
def _imports(content: bytes) -> tuple[ast.Import | ast.ImportFrom, ...]:
    found = ast.walk(ast.parse(content))
    return tuple(node for node in found if isinstance(node, (ast.Import, ast.ImportFrom)))
