"""Drafts of rulesets: what each of their states held, and the texts that it held."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(14), primary_key=True),
        sa.Column("ruleset", sa.String(200), nullable=False),
        sa.Column("clinic", sa.String(64)),
        sa.Column("base", sa.String(71)),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(12)),
        sa.Column("state", sa.Integer, nullable=False),
    )
    op.create_table(
        "draft_states",
        _of_a_draft(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("saved", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(12)),
        sa.Column("base", sa.String(71)),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("base_files", sa.JSON, nullable=False),
        sa.Column("signed", sa.JSON, nullable=False),
    )
    op.create_table(
        "draft_texts",
        _of_a_draft(),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("deflated", sa.LargeBinary, nullable=False),
    )


def _of_a_draft() -> sa.Column[str]:
    return sa.Column("draft", sa.String(14), sa.ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True)


def downgrade() -> None:
    """Take them away, with every draft."""
    op.drop_table("draft_texts")
    op.drop_table("draft_states")
    op.drop_table("drafts")
