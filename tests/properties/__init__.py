"""What must hold for every ruleset and every assessment, tried on generated ones.

The rulesets come from `tests.generated`, the second opinion on their answers from `tests.reference`. A run is
the same every time; `PICOPLAN_EXAMPLES=20` makes one that is long, and different every time.
"""
