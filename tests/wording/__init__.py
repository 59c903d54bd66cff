"""Rules, questions and answers in words."""
