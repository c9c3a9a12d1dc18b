"""Take a message with several questions apart, where each of them can stand alone."""

import re

from knowledge.words import query_terms

_BETWEEN = re.compile(
    r"\?+\s+(?=\S)|[,;]?\s+and\s+(?=(?:how|what|why|who|when|where|which|can|should|does|do)\b)",
    re.IGNORECASE,
)
_TASK = (
    r"(?:restart|reboot|renew|rotate|drain|roll ?back|scale|clear|delete|remove|add|create|reset|restore"
    r"|promote|fail over|revoke|onboard|connect|rerun|replay|purge|upgrade|deploy|stop|start|disable|enable)"
)
_TWO_TASKS = re.compile(
    r"(?i)^(?:(?:how (?:do|can|to|should)(?: i| we)?|please|can i|(?:i|we) (?:need|want|have) to)\s+)?"
    + _TASK
)
_BETWEEN_TASKS = re.compile(rf"(?i)[,;]?\s+and\s+(?={_TASK}\b)")
# "Check that it works" joins two halves of one question, "fix that" leans on another.
_JOINS = r"(?<!check )(?<!verify )(?<!sure )(?<!see )(?<!know )(?<!confirm )(?<!ensure )(?<!means )"
_LEANS = re.compile(
    rf"\b(?:it|its|{_JOINS}that|this|them|those|these|there|then|else|again)\b", re.IGNORECASE
)
_MOST = 3
_LEAST_WORDS = 2


def parts_of(question: str) -> list[str]:
    """Return the questions of a message, or none when it is one, or one of them leans on another."""
    # Thousands of blanks in a row would be tried from each one of them.
    said = " ".join(question.split())
    pieces = [piece.strip(" ?,;.") for piece in _BETWEEN.split(said)]
    if len(pieces) == 1 and _TWO_TASKS.match(pieces[0]):
        pieces = _BETWEEN_TASKS.split(pieces[0])
    stand_alone = all(
        len(query_terms(piece)) >= _LEAST_WORDS and not _LEANS.search(piece) for piece in pieces
    )
    return pieces if 1 < len(pieces) <= _MOST and stand_alone else []
