"""The features: each declared once, as one function with its documentation."""
