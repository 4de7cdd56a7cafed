"""What is written from declarations: names that the shell completes, and the keys of tipoff.toml.

``make names`` runs it.
"""

import json
import re
from importlib.resources import files
from pathlib import Path

from tipoff.backtest.lines import MEDIAN, UNPRICED
from tipoff.domain.market import FEATURE_MARKETS, MARKETS
from tipoff.domain.plant import PLANTS
from tipoff.features.sets import SETS
from tipoff.models.learner import LEARNERS
from tipoff.monitoring.declare import SCHEDULES
from tipoff.monitoring.services import SERVICES
from tipoff.processors.catalogue import ALL_PROCESSORS
from tipoff.sources.league.worlds import WORLDS
from tipoff.sources.providers.catalogue import PLANNERS, PROVIDERS
from tipoff.tables.models import STAGES
from tipoff.workflows.catalogue import listed
from tipoff.workflows.day_steps import STEPS
from tipoff.workflows.executors import EXECUTORS
from tipoff.workflows.lake import TABLES
from tipoff.workflows.project_config import key_table, schema_text

ROOT = Path(__file__).parents[2]


def declared() -> str:
    """The text of ``names.json`` as the declarations have it."""
    names = {
        "asked": {p: sorted({*PLANNERS.get(p, {}), *PROVIDERS[p].endpoints}) for p in PROVIDERS},
        "executors": [name for name in EXECUTORS if not name.endswith("ADDRESS")],
        "feature_sets": list(SETS),
        "features": [f["columns"][m.name] for m in FEATURE_MARKETS for f in listed()["features"]],
        "learners": list(LEARNERS),
        "line_sources": [MEDIAN, UNPRICED],
        "markets": [*MARKETS, "all"],
        "plants": list(PLANTS),
        "processors": [p.name for p in ALL_PROCESSORS],
        "providers": sorted(PROVIDERS),
        "schedules": ["auto", *SCHEDULES],
        "services": [service.name for service in SERVICES],
        "stages": list(STAGES),
        "steps": [step.name for step in STEPS],
        "tables": list(TABLES),
        "worlds": list(WORLDS),
    }
    unique = {k: v if isinstance(v, dict) else list(dict.fromkeys(v)) for k, v in names.items()}
    return json.dumps(unique, indent=1) + "\n"


def write() -> None:
    """Write ``names.json``, the schema of ``tipoff.toml`` and its documented keys."""
    Path(str(files("tipoff.cli").joinpath("names.json"))).write_text(declared(), "utf-8")
    (ROOT / "configs" / "tipoff.schema.json").write_text(schema_text(), "utf-8")
    page = ROOT / "docs" / "configuration.md"
    text = page.read_text("utf-8")
    table = re.compile(r"^\| key \|.*?(?=\n\n)", re.MULTILINE | re.DOTALL)
    page.write_text(table.sub(lambda _: key_table().rstrip("\n"), text), "utf-8")


if __name__ == "__main__":
    write()
