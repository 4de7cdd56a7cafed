"""A new project: a folder with its file, a lake, and the next three commands."""

from pathlib import Path
from typing import Any

from tipoff.errors import InputError, StoreError
from tipoff.workflows.project_config import NAME, commented

_IGNORED = "/lake/\n/reports/\n/models/\n__pycache__/\n"
_README = """# {name}

A tipoff project: `tipoff.toml` says what its commands need not
be told, `lake/` holds the data. From this folder:

1. `tipoff league generate` fills the lake with a made-up league, to try things on. With files of
   your own instead: `tipoff ingest files FOLDER`.
2. `tipoff backfill --start-date 2022-11-20 --end-date 2023-02-28` builds the features.
3. `tipoff quality` says how complete they are.

`tipoff doctor` checks the set-up; `tipoff --help` lists the rest.
"""


def begin(folder: Path) -> dict[str, Any]:
    """Make a project's files; what is there already stays as it is.

    Returns:
        the folder, the files that were ``written`` and those that were ``kept``.

    Raises:
        InputError: the path is a file, or one is where its lake has to be.
        StoreError: the folder can not be written.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Expected a folder for the project, but {folder} is a file.")
    if (folder / "lake").is_file():
        raise InputError(f"Expected a folder for the lake, but {folder / 'lake'} is a file.")
    texts = {
        NAME: commented(),
        ".gitignore": _IGNORED,
        "README.md": _README.format(name=folder.absolute().name),
    }
    written, kept = [], []
    try:
        (folder / "lake").mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            try:
                with (folder / name).open("x", encoding="utf-8") as file:
                    file.write(text)
                written.append(name)
            except FileExistsError:
                kept.append(name)
    except OSError as error:
        raise StoreError(
            f"Expected to write a project to {folder}, but {error.strerror}. Choose another folder."
        ) from None
    return {"folder": str(folder.absolute()), "written": written, "kept": kept}
