"""tipoff: an honest laboratory and daily pipeline for NBA player props."""

__version__ = "0.1.0"
