"""The only door to durable_rules: bounded, locked, freed, its errors translated.

durable_rules fires the rules; nothing else decides what fired. Its C module is driven directly, because
its Python half starts undying threads, loses firings and can free nothing.
"""
