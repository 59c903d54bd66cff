"""A folder of rulesets -> a snapshot of the good ones, compiled; the problems of the others beside it."""
