"""Defaults of what a run is told from outside."""

DEFAULT_LEAD_MINUTES = 30
DEFAULT_LAKE = "lake"
