"""Of which form each edition's digest is: those so far were made over files as they were saved."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is there is of form 1."""
    op.add_column(
        "ruleset_editions", sa.Column("digest_form", sa.Integer, nullable=False, server_default="1")
    )


def downgrade() -> None:
    """Take it away; editions of form 2 that were not saved with LF are damaged to an earlier picoplan."""
    op.drop_column("ruleset_editions", "digest_form")
