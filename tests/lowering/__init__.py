"""From conditions to comparisons of small whole numbers: nothing is lost, and nothing is too large."""
