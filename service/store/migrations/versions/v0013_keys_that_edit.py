"""For which rulesets a key may change something, and as what its holder signs."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the keys that there are have none of the scopes that they are for."""
    op.add_column("api_keys", sa.Column("edits", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("api_keys", sa.Column("role", sa.String(100)))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("api_keys", "role")
    op.drop_column("api_keys", "edits")
