"""The first form of the database."""

from alembic import op
from sqlmodel import SQLModel

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    SQLModel.metadata.create_all(op.get_bind())
