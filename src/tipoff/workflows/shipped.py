"""Configurations that are shipped with the package."""

from importlib.resources import files
from pathlib import Path


def shipped_text(name: str) -> str:
    """Return a shipped configuration: ``configs/NAME``."""
    packaged = files("tipoff").joinpath("configs", name)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "configs" / name).read_text(encoding="utf-8")
