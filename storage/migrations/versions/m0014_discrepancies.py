"""Feeds whose rows differ from their source far more than usual, as people are told of them."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "discrepancies",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_discrepancies_feed", "discrepancies", ["feed"])
    op.create_index("ix_discrepancies_is_open", "discrepancies", ["is_open"])
    op.create_index(
        "one_open_discrepancy_per_feed",
        "discrepancies",
        ["feed"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
