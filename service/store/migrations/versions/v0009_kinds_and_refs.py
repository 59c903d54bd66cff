"""What each decision is, for a client or not, and the key by which its sender knows it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_THERE = sa.text("ref IS NOT NULL")


def upgrade() -> None:
    """Add the columns; what was decided until now was for clients, and had no key."""
    op.add_column("decisions", sa.Column("kind", sa.String(20), nullable=False, server_default="decision"))
    op.add_column("decisions", sa.Column("ref", sa.String(64)))
    op.create_index("decisions_by_ref", "decisions", ["ref"], sqlite_where=_THERE, postgresql_where=_THERE)


def downgrade() -> None:
    """Take them away; what was no decision, or had a key, is damaged for who knows nothing of them."""
    op.drop_index("decisions_by_ref", "decisions")
    op.drop_column("decisions", "ref")
    op.drop_column("decisions", "kind")
