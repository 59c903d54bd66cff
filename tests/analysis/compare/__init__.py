"""Two versions of a ruleset compared: what is said of an edit holds, and nothing is left out."""
