"""Wizards: what somebody filled in, as lines of a draft's files that a person might have written."""
