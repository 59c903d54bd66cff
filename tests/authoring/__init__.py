"""Editing help: schemas for editors, new rulesets, and what an editor makes of them."""
