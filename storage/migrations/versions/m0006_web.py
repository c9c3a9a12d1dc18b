"""Sign-in, sessions and keys of the web room."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
