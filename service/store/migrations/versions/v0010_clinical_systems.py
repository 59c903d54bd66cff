"""By which face decisions are asked for, tokens of hooks that were used, and what became of cards."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the tables; what was decided until now was asked for by the API."""
    op.add_column("decisions", sa.Column("face", sa.String(10), nullable=False, server_default="api"))
    op.add_column("decisions", sa.Column("iss", sa.Text))
    op.add_column("decisions", sa.Column("hook", sa.String(30)))
    op.create_table(
        "hook_tokens",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "hook_feedback",
        sa.Column("card", sa.String(36), primary_key=True),
        sa.Column("at", sa.String(40), primary_key=True),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("suggestions", sa.Text, nullable=False),
        sa.Column("reason", sa.String(40)),
    )


def downgrade() -> None:
    """Take them away; decisions that were not asked for by the API are damaged for who knows no other."""
    op.drop_table("hook_feedback")
    op.drop_table("hook_tokens")
    op.drop_column("decisions", "hook")
    op.drop_column("decisions", "iss")
    op.drop_column("decisions", "face")
