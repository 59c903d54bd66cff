"""What came of proving each guarantee of an edition before it went live."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("ruleset_publications", sa.Column("guarantees", sa.JSON))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("ruleset_publications", "guarantees")
