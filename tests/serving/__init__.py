"""Answering: which edition a request is for, and what it is told."""
