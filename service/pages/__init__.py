"""Pages for browsers: what they show, and how it is written. Each shows what the use cases of serving say."""
