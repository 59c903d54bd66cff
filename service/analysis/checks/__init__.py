"""Checks of rulesets, and what a scenario expects against what it gets: ruleset -> problems."""
