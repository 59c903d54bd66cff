"""The only door to durable_rules: bounded, locked, freed, its errors translated.

durable_rules fires the rules; nothing else decides what fired. Its C module is driven directly, because
its Python half starts undying threads, loses firings and can free nothing.

A ruleset is lowered first, to conjunctions of comparisons of small whole numbers: no text, name or number of
a file or a request goes on from here. Options become codes, numbers their rank among the numbers that rules
compare with, sets the groups they meet. Lowering is pure: nothing is run there.
"""
