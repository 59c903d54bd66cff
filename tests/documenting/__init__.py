"""A ruleset as a document: its words, its page, and who signed it."""
