"""API keys: who may ask what, in the database that all processes share."""
