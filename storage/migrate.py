"""Bring a database up to this release's form; forward only, harmless when repeated."""

from pathlib import Path

from sqlalchemy import inspect, text

from storage.engine import Database

NEWEST = "0006"
_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Database) -> bool:
    """Apply missing migrations; return whether there were any.

    Looking first keeps Alembic's import (a third of a second) out of an ordinary start.
    """
    if version_of(database) == NEWEST:
        return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def version_of(database: Database) -> str:
    """Return the newest applied migration, or an empty string for an empty database."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
