"""Which version of the language each edition, and each decision, was made under: so far the first."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("ruleset_publications", "decisions")


def upgrade() -> None:
    """Add the columns; an earlier picoplan that still runs goes on to write what is of version 1."""
    for table in _TABLES:
        op.add_column(table, sa.Column("language_version", sa.Integer, nullable=False, server_default="1"))


def downgrade() -> None:
    """Take them away; what was made under a later version no longer comes out the same."""
    for table in _TABLES:
        op.drop_column(table, "language_version")
