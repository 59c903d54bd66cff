"""A PostgreSQL, where a test asks for one."""

from tests.store.postgres import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]
