"""The five processors: each one declaration and one pure function ``build(spine, world)``."""
