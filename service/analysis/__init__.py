"""What comes out over every possible client: checks, proofs, and two versions compared."""
