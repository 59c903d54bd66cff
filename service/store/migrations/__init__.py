"""The database's tables, step by step, as Alembic brings them about."""
