"""Tests of the command line: what a person types, and the whole of what comes back."""
