"""The files of a warm-up map: the table of needs, the document and the plot."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tipoff.backtest.warm_up_plot import warm_up_figure
from tipoff.features.warm_up import TABLE
from tipoff.workflows.warm_up import needs_table


def write(report: Mapping[str, Any], folder: Path) -> list[str]:
    """Write the files of a report of ``warm_up``.

    Args:
        report: the report.
        folder: where to; made where it is not there.

    Returns:
        The paths: ``warm_up.csv`` (in the form that is shipped beside the features),
        ``warm_up.json`` and ``warm_up.svg``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        TABLE: needs_table(report).write_csv(),
        "warm_up.json": json.dumps(report, indent=1, default=str) + "\n",
        "warm_up.svg": warm_up_figure(report),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(folder / name) for name in texts]
