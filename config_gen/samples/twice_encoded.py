"""Tell text that was encoded twice: UTF-8 taken for Windows-1252 and written as UTF-8 again: MÃ¼ller."""

import re

_RUN = re.compile(r"[^\x00-\x7f]+")
_FEWEST, _NEARLY_ALL = 3, 0.8
_LOOKED_AT = 2_000


def twice_encoded(text: str) -> str:
    """Return the sentence about it, with one such letter; empty for text that was encoded once.

    Hardly any word of any language is valid UTF-8 by chance once its letters are taken for bytes.
    """
    runs = _RUN.findall(text[:400_000])[:_LOOKED_AT]
    undone = [(run, letters) for run in runs if (letters := _undone(run)) is not None]
    if len(undone) < _FEWEST or len(undone) < _NEARLY_ALL * len(runs):
        return ""
    wrong, right = undone[0]
    return (
        f"Letters were encoded twice on their way: “{wrong[:8]}” was “{right[:4]}”. They land as they stand"
        " here; ask the sender to write the text as UTF-8 once."
    )


def _undone(run: str) -> str | None:
    try:
        letters = run.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
    return letters if len(letters) < len(run) else None
