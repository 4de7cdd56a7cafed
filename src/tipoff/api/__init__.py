"""The Python API: what ``import tipoff`` offers, one plain function or class a name.

``tipoff`` itself names them and imports a module here only when one of its names is asked for.
"""
