"""One module per page: what it shows of a lake, as blocks of data."""
