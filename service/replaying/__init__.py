"""The log run again: under edited rules, to see what would change; under its own, to see that nothing does."""
