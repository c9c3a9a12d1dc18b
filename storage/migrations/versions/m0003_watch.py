"""Feed runs, predictions, alerts and their labels, quality, reconciliations."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert_labels",
        sa.Column("alert", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "by"),
    )
    op.create_index(op.f("ix_alert_labels_feed"), "alert_labels", ["feed"], unique=False)
    op.create_table(
        "alert_mutes",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_shadow", sa.Boolean(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_alerts_fingerprint"), "alerts", ["fingerprint"], unique=False)
    op.create_index(op.f("ix_alerts_is_open"), "alerts", ["is_open"], unique=False)
    op.create_index(op.f("ix_alerts_opened_at"), "alerts", ["opened_at"], unique=False)
    op.create_index(op.f("ix_alerts_root"), "alerts", ["root"], unique=False)
    op.create_index(
        "one_open_alert_per_feed",
        "alerts",
        ["root"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("measured_at", Moment(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("overall", sa.Float(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("deliveries_by_feed", "deliveries", ["feed", "measured_at"], unique=False)
    op.create_table(
        "errands",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_errands_state"), "errands", ["state"], unique=False)
    op.create_table(
        "feed_datasets",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "dataset", "writes"),
    )
    op.create_table(
        "predictions",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("is_alerted", sa.Boolean(), nullable=False),
        sa.Column("is_shadow", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("is_judged", sa.Boolean(), nullable=False),
        sa.Column("trouble_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("feed", "made_at"),
    )
    op.create_index("predictions_to_judge", "predictions", ["is_judged", "made_at"], unique=False)
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reconciliations_by_feed", "reconciliations", ["feed", "at"], unique=False)
    op.create_table(
        "refused_records",
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("examples", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("day", "source", "reason"),
    )
    op.create_table(
        "runs",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("scheduled_at", Moment(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=True),
        sa.Column("rows_written", sa.BigInteger(), nullable=True),
        sa.Column("rows_rejected", sa.BigInteger(), nullable=True),
        sa.Column("bytes_read", sa.BigInteger(), nullable=True),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("queue_seconds", sa.Float(), nullable=True),
        sa.Column("error_class", sa.String(), nullable=False),
        sa.Column("warnings", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "run"),
    )
    op.create_index(op.f("ix_runs_taken_at"), "runs", ["taken_at"], unique=False)
    op.create_index("runs_by_feed", "runs", ["feed", "seen_at"], unique=False)
    op.create_table(
        "scorecards",
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("basis"),
    )
    op.create_table(
        "watch_log",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_watch_log_at"), "watch_log", ["at"], unique=False)
    op.create_table(
        "watched_feeds",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("is_learned", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("speaks", sa.Boolean(), nullable=False),
        sa.Column("health", sa.String(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_watched_feeds_changed_at"), "watched_feeds", ["changed_at"], unique=False)
