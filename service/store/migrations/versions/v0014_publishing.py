"""Which rulesets are being checked, and for which digest the changes of a draft were read."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "ruleset_checks",
        sa.Column("ruleset", sa.String(200), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("draft_states", sa.Column("changes_read", sa.String(71)))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("draft_states", "changes_read")
    op.drop_table("ruleset_checks")
