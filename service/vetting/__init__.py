"""Saving a file is publishing it: each edit is seen, checked in a process of its own, and archived."""
