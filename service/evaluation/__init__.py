"""Compiled ruleset + assessment -> decision: who fired, checked twice, and what it comes to."""
