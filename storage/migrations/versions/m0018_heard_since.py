"""Since when the runs of feeds are reported as they happen, and not brought by an import of history."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0018"
down_revision = "0017"

_HOURS_MICROS = 6 * 3_600 * 1_000_000


def upgrade() -> None:
    """Add the column; a feed of which a run was learned within hours, or that somebody named, is heard."""
    op.add_column("watched_feeds", sa.Column("heard_since", Moment(), nullable=True))
    heard = "SELECT min(seen_at) FROM runs WHERE feed = watched_feeds.name AND taken_at - seen_at < :hours"
    named = "CASE WHEN is_learned THEN NULL ELSE since END"
    filled = f"UPDATE watched_feeds SET heard_since = COALESCE(({heard}), {named})"  # noqa: S608  no text from outside
    op.execute(sa.text(filled).bindparams(hours=_HOURS_MICROS))
