"""Two versions of a ruleset held against each other: what an edit means for those who ask."""
