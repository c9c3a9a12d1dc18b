"""Text whose lines are in two encodings, as files are that somebody glued together: UTF-8 here, Latin there.

A table of another script reads such bytes without a complaint, so the lines are looked at first: bytes that
happen to be letters of UTF-8 and stand inside words, line by line, are no accident.
"""

import re
from dataclasses import dataclass

_LEAST_SHARE = 0.05
_MOST_LINES = 200_000
# A letter beyond ASCII that touches a plain one, several of one script in a row, or a typeset sign in a word.
_IN_WORDS = re.compile(
    r"[A-Za-z][\u00c0-\u024f]|[\u00c0-\u024f][A-Za-z]|[\u0370-\u052f]{3}|[\u0590-\u06ff]{3}|[\u0e00-\u0e7f]{3}"
    r"|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2}|[A-Za-z][\u2018-\u201d]|[\u2018-\u201d][A-Za-z]"
)


@dataclass(frozen=True)
class TwoEncodings:
    """Numbers of the lines, from 1, that are UTF-8 and of those that are not; ASCII is in neither."""

    as_utf8: tuple[int, ...]
    otherwise: tuple[int, ...]
    other_bytes: bytes
    """The lines that are not UTF-8, so that what they are can be told."""


def two_encodings(head: bytes, complete: bool) -> TwoEncodings | None:
    """Return which lines are UTF-8 and which are not, or None where all are of one encoding.

    Args:
        head: The first bytes of a file, not all of them valid UTF-8.
        complete: Whether `head` is the whole file; if not, its last line may be cut.
    """
    lines = head.split(b"\n", _MOST_LINES)[:_MOST_LINES]
    if not complete:
        lines = lines[:-1]
    as_utf8: list[int] = []
    otherwise: list[int] = []
    for number, line in enumerate(lines, start=1):
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            otherwise.append(number)
        else:
            if _IN_WORDS.search(text):
                as_utf8.append(number)
    both = len(as_utf8) + len(otherwise)
    if not otherwise or len(as_utf8) < max(1, _LEAST_SHARE * both):
        return None
    other_bytes = b"\n".join(lines[number - 1] for number in otherwise)
    return TwoEncodings(tuple(as_utf8), tuple(otherwise), other_bytes)
