"""Editing help: schemas that make an editor know a ruleset's words, and the beginnings of new rulesets."""
