"""The log run again: under edited rules to see what changes, under its own to see that nothing does."""
