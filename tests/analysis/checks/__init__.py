"""Tests of the checks on rulesets and of what a scenario expects."""
