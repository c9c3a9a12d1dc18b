"""Messages that people edit: read once, as they were first written, so that no edit does anything twice.

A mention that an edit adds is heard, because nobody heard the message before. What was heard already is
not done again: whoever edited it is told so.
"""

from datetime import datetime, timedelta

_HEARD_FOR = timedelta(hours=1)
READ_ONCE = (
    "I read a message once, as it was first written, and not again when it is edited."
    " Say it anew, and I answer."
)


def is_heard(said_at: datetime, edited_at: datetime) -> bool:
    """Return whether an edit came soon enough to be meant for us.

    What was done long ago is forgotten by its key, so an old order that somebody edits would be a new one.
    """
    return edited_at - said_at <= _HEARD_FOR
