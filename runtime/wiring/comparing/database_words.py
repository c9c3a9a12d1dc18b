"""What people read when a database that is compared refuses, is away, or takes too long."""

from domain.errors import BadInput, DogwatchError, OutsideTrouble

_ONE = "One of the two databases"
_REFUSED_AT_THE_DOOR = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    'database "',
    'role "',
)
"""Of what a server says to somebody it does not let in; nothing else of its words is told."""


def in_words(error: Exception, who: str = _ONE) -> DogwatchError:
    """Return what people read; `who` is which database, where that is known."""
    import psycopg
    from psycopg import errors

    check = "Check table, column names and rights in watch.reconciliations."
    kind = f"reconciliation: {type(error).__name__}"
    if isinstance(error, errors.QueryCanceled):
        return BadInput("reconciliation took too long", say=f"{who} took over ten minutes.")
    if isinstance(error, psycopg.OperationalError):
        if "FATAL" in str(error) and any(words in str(error) for words in _REFUSED_AT_THE_DOOR):
            return BadInput(
                kind,
                say=f"{who} does not let me in.",
                next_step="Check user, credential and name of the database in watch.reconciliations.",
            )
        return OutsideTrouble(kind, say=f"{who} did not answer.")
    if isinstance(error, (errors.UndefinedTable, errors.InvalidSchemaName)):
        return BadInput(kind, say=f"{who} has no such table.", next_step=check)
    if isinstance(error, errors.InsufficientPrivilege):
        return BadInput(kind, say=f"{who} does not let me read that table.", next_step=check)
    if isinstance(error, (errors.InvalidDatetimeFormat, errors.DatetimeFieldOverflow)):
        return BadInput(
            kind,
            say=f"{who} holds something else than days in the column of the day.",
            next_step="date_column in watch.reconciliations must name a date, a timestamp or ISO text.",
        )
    return BadInput(kind, say=f"{who} refused the question.", next_step=check)
