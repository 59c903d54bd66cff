"""Drafts: what they hold, how two who edit one come together, and what goes in and out."""
