"""What the sign-in remembers for a while: guesses, used assertions, sessions that a directory vouches for."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "web_sign_in_marks",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_index("ix_web_sign_in_marks_until", "web_sign_in_marks", ["until"])
