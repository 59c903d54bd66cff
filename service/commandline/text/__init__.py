"""What commands print, as lines: plans, rules, failures, and the pages of codes."""
