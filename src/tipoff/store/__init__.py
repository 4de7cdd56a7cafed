"""The lake, the ledger and the one door in time."""
