"""A small package with one service, written to a folder; nothing of it is ever imported."""

from pathlib import Path

from tipoff.monitoring.services import Service

GRADING = Service(
    "grading", "Grades.", ("tipoff.workflows.grade",), ("configs/*.toml", "pages/*.j2")
)
SOURCES = {
    "src/tipoff/__init__.py": "",
    "src/tipoff/domain/__init__.py": "",
    "src/tipoff/domain/clock.py": "NOON = 12\n",
    "src/tipoff/domain/odds.py": "def fair():\n    from . import clock\n    return clock.NOON\n",
    "src/tipoff/domain/pick.py": "PICK = 1\n",
    "src/tipoff/pages/pick.j2": "{{ pick }}\n",
    "src/tipoff/workflows/__init__.py": "",
    "src/tipoff/workflows/grade.py": "import tipoff.domain.odds\nfrom tipoff.domain import pick\n",
    "src/tipoff/workflows/other.py": "OTHER = 1\n",
    "configs/grading.toml": "most = 3\n",
}
PACKAGED = [
    "__init__.py",
    "configs/grading.toml",
    "domain/__init__.py",
    "domain/clock.py",
    "domain/odds.py",
    "domain/pick.py",
    "pages/pick.j2",
    "workflows/__init__.py",
    "workflows/grade.py",
]


def write_package(folder: Path) -> Path:
    """Write the package below a folder and return its root."""
    for name, text in SOURCES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "src" / "tipoff"
