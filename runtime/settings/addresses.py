"""The database's address, as people write it and as SQLAlchemy wants it."""

_BARE = frozenset({"postgres", "postgresql"})
_OURS = "postgresql+psycopg"
_FORM = f"write {_OURS}://NAME:PASSWORD@HOST/DATABASE, signs such as / and @ of a password as %2F and %40"


def database_address(text: str) -> str:
    """Return an address with our own driver where it names none.

    Raises:
        ValueError: It is of another database or none at all; what is said holds no part of it but its kind.
    """
    if not text:
        return text
    kind, parts, rest = text.strip().partition("://")
    kind = kind.lower()
    if not parts:
        raise ValueError(f"it is no address of a database; {_FORM}")
    if kind in _BARE:
        kind = _OURS
    if kind != _OURS and not kind.startswith("sqlite"):
        raise ValueError(f"{kind[:40]} is no kind of database that I use; {_FORM}")
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(f"{kind}://{rest}")
    except (ArgumentError, ValueError):
        raise ValueError(f"it can't be read as an address; {_FORM}") from None
    return f"{kind}://{rest}"
