"""The page on a lake: each page is declared once, as blocks of data; all else derives from it."""
