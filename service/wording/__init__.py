"""Rules, questions, guarantees and answers in words: as authors write them, and as clinicians read them."""
