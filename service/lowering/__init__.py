"""Ruleset -> the form that the engine fires: conjunctions of comparisons of small whole numbers.

No text, name or number of a file or a request goes on from here: options become codes, numbers their
rank among the numbers that rules compare with, sets the groups they meet. Pure: nothing is run here.
"""
