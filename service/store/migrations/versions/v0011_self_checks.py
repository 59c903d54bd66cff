"""Self-checks, which are forgotten after a while, are found without looking at any decision."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SELF_CHECKS = sa.text("kind = 'self_check'")


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "decisions_of_clients",
        "decisions",
        ["evaluated_at"],
        sqlite_where=_SELF_CHECKS,
        postgresql_where=_SELF_CHECKS,
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("decisions_of_clients", "decisions")
