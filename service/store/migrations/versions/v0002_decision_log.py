"""The decision log: one row for each answered decision."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HAS_LZ4 = sa.text("SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")


def upgrade() -> None:
    """Add the log's table."""
    op.create_table(
        "decisions",
        sa.Column("decision_id", _plain(36), primary_key=True),
        sa.Column("evaluated_at", _plain(20), nullable=False),
        sa.Column("as_of", _plain(10), nullable=False),
        sa.Column("ruleset", sa.String(200), nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("verdict", sa.String(40), nullable=False),
        sa.Column("clinic", sa.String(200), nullable=True),
        sa.Column("api_key", sa.String(200), nullable=True),
        sa.Column("assessment", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index("decisions_by_time", "decisions", ["evaluated_at", "decision_id"])
    if op.get_bind().dialect.name == "postgresql" and op.get_bind().scalar(_HAS_LZ4):
        op.execute("ALTER TABLE decisions ALTER COLUMN answer SET COMPRESSION lz4")  # half the work of pglz


def downgrade() -> None:
    """Take the log away, with all that it holds."""
    op.drop_table("decisions")


def _plain(length: int) -> sa.String:
    """A text that sorts by its bytes."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
