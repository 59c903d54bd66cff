"""API keys, with what each may do, and a number that grows with every change of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LIVING = sa.text("revoked IS NULL")


def upgrade() -> None:
    """Add the tables of keys."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("clinic", sa.String(64), nullable=True),
        sa.Column("rulesets", sa.JSON, nullable=False),
        sa.Column("default_ruleset", sa.String(200), nullable=True),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("rate", sa.String(40), nullable=True),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(
        "api_keys_by_name",
        "api_keys",
        ["name"],
        unique=True,
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    )
    state = op.create_table(
        "api_keys_state",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(state, [{"one": 1, "changed": 0}])


def downgrade() -> None:
    """Take the keys away; nobody is asked for one any more."""
    op.drop_table("api_keys_state")
    op.drop_table("api_keys")
