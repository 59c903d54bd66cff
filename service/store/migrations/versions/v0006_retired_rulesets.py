"""Rulesets that serve no more, though what they have decided is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of retired rulesets."""
    op.create_table(
        "ruleset_retirements",
        sa.Column("ruleset", sa.String(200), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Take it away; what was retired serves again."""
    op.drop_table("ruleset_retirements")
