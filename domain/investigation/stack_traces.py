"""What a stack trace says: its first line and the exception that it ends in, without the frames between.

A text that has no frames is left as it is, whatever it looks like.
"""

import re

_LONGEST = 20_000
_BEFORE, _EXCEPTION = 120, 300
_FRAME = re.compile(
    r"\s+at \S|\s+File \"|\s+\.\.\. \d+ |\s*goroutine \d|\s+/?\S{1,200}\.\w{1,4}:\d+|\s*Traceback \(most"
)
_CAUSED = "Caused by:"
_OPENS = re.compile(
    r"Traceback \(most recent|Exception in thread |panic: |goroutine \d|Uncaught "
    r"|[\w.$]{0,120}(?:Error|Exception|Failure|Throwable)[ \t\r]{0,3}(?:[:\n]|$)"
)
_MARKS = " \t\r\n`"
"""What people put around what they paste."""


def pasted_trace(text: str) -> str | None:
    """Return what a stack trace says that is all of a text, None for any other, as one below a question."""
    pasted = text.strip(_MARKS)
    if _OPENS.match(pasted) is None or _ends_in_a_question(pasted):
        return None
    said = without_frames(pasted)
    return said if said != pasted else None


def _ends_in_a_question(pasted: str) -> bool:
    """Tell whether somebody asks something below their trace; exceptions themselves ask *Did you mean?*."""
    last = pasted.rpartition("\n")[2].strip(_MARKS)
    is_of_trace = _OPENS.match(last) is not None or last.startswith(_CAUSED)
    return last.endswith("?") and "\n" in pasted and not is_of_trace


def without_frames(text: str) -> str:
    """Return a stack trace as its first line and what it ends in: the exception, or the last cause."""
    if "\n" not in text and "\\n" not in text:
        return text
    lines = text[:_LONGEST].replace("\\n", "\n").replace("\\t", "\t").splitlines()
    if not any(_FRAME.match(line) for line in lines[1:]):
        return text
    kept = [lines[0].strip()]
    causes = [line.strip() for line in lines if line.startswith(_CAUSED)]
    exceptions = [line.strip() for line in lines[1:] if line[:1].strip() and not _FRAME.match(line)]
    for part in (*exceptions[:1], *causes[-1:], *exceptions[-1:]):
        if part not in kept:
            kept.append(part)
    said = [part for part in kept if not part.startswith("Traceback (most")]
    return " ".join([part[:_BEFORE] for part in said[:1]] + [part[:_EXCEPTION] for part in said[1:]]) or text
