"""Benchmarks: each prints a ratio against a stated baseline measured in the same run."""
