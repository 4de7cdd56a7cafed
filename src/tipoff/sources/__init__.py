"""One module per provider or layout: fetch thin, parse pure."""
