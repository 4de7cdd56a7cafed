"""What watches models and data while they are in use: freshness, checks, decay, drift."""
