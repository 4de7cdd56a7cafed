"""One schema per stored table."""
