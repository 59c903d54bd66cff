"""The one use case: choose the ruleset, validate the assessment, evaluate, answer. Both faces use it."""
