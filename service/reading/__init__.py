"""YAML files -> ruleset values with places; every mistake at once. The only door to ``yaml``."""
