"""The HTTP services and the scheduler: parse, call a workflow, answer. Nothing is decided here."""
