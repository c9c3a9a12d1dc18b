"""Sign-in, sessions and keys of the web room."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "web_passwords",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "web_sign_ins",
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sid"),
    )
    op.create_index(op.f("ix_web_sign_ins_person"), "web_sign_ins", ["person"], unique=False)
    op.create_table(
        "web_api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
