"""Drafts of rulesets: kept, checked and tried apart from what is live, and published."""
