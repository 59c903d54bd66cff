"""The ruleset archive: editions with their files, the timeline, and edits that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the archive's tables."""
    op.create_table(
        "ruleset_editions",
        sa.Column("digest", sa.String(71), primary_key=True),
        sa.Column("ruleset", sa.String(200), nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("effective", sa.Date, nullable=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("signed_off", sa.Boolean, nullable=False),
    )
    op.create_table(
        "ruleset_texts",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("deflated", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ruleset_edition_files",
        sa.Column("digest", sa.String(71), sa.ForeignKey("ruleset_editions.digest"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("ruleset_texts.sha256"), nullable=False),
    )
    op.create_table(
        "ruleset_publications",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ruleset", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(71), sa.ForeignKey("ruleset_editions.digest"), nullable=False),
        sa.Column("starts", sa.Date, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "ruleset_waiting",
        sa.Column("ruleset", sa.String(200), primary_key=True),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    state = op.create_table(
        "ruleset_archive_state",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(state, [{"one": 1, "generation": 0}])


def downgrade() -> None:
    """Take the archive's tables away, with all that they hold."""
    for table in (
        "ruleset_archive_state",
        "ruleset_waiting",
        "ruleset_publications",
        "ruleset_edition_files",
        "ruleset_texts",
        "ruleset_editions",
    ):
        op.drop_table(table)
