"""Requests sent again: by what each is known, so that no second decision is made for it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_THERE = sa.text("retry_key IS NOT NULL")


def upgrade() -> None:
    """Add the columns, and that a key is there only once."""
    op.add_column("decisions", sa.Column("retry_key", sa.String(64)))
    op.add_column("decisions", sa.Column("request_sha256", sa.String(64)))
    op.create_index(
        "decisions_by_retry_key",
        "decisions",
        ["retry_key"],
        unique=True,
        sqlite_where=_THERE,
        postgresql_where=_THERE,
    )


def downgrade() -> None:
    """Take them away; the decisions stay."""
    op.drop_index("decisions_by_retry_key", "decisions")
    op.drop_column("decisions", "request_sha256")
    op.drop_column("decisions", "retry_key")
