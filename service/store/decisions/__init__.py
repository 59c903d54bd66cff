"""The decision log: each answered decision as one row, found and counted, exported and purged."""
