"""Proofs over every possible assessment, by z3: what a ruleset can and can't come to, with examples."""
