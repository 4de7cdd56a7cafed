"""The only place that joins layers; every step is safe to repeat."""
