"""A ruleset as a document for those who sign it: everything that it says, in words, on one page."""
