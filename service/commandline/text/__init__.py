"""What commands print, as lines: plans, failures, and the pages of codes."""
