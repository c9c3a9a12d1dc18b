"""Alembic's entry: runs migrations on the connection that `storage.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import storage.tables  # noqa: F401  registers the tables


def run() -> None:
    """Run the migrations in one transaction."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=SQLModel.metadata)
    with context.begin_transaction():
        context.run_migrations()


run()
