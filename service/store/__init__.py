"""A folder of rulesets -> a snapshot of the good ones, compiled; the problems of the others beside it.

And the archive: every edition that was ever published, in a database.
"""
