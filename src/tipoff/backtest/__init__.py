"""Evaluation: takeable lines, grading, metrics with intervals, gates, alarm and reports."""
