"""Several questions in one message: each is asked by itself where all of them begin like one. Pure."""

import re

_MOST_QUESTIONS = 3


def questions_in(text: str) -> list[str]:
    """Return the questions of a text that asks several, else the whole text; each begins like a question."""
    asks = r"(?:why|what|who|whom|whose|when|where|which|how|is|are|was|did|does|will|can|show me)\b"
    parts = [
        part.strip(" ,;.")
        for part in re.split(
            rf"(?i)\?+\s*(?:and\s+|then\s+)*|[,;.]?\s+(?:and|und|also)\s+(?={asks})", text.strip()
        )
    ]
    parts = [part for part in parts if part]
    if not 2 <= len(parts) <= _MOST_QUESTIONS or not all(_is_question(part, asks) for part in parts):
        return [text]
    return parts


def _is_question(part: str, asks: str) -> bool:
    return len(part.split()) > 1 and bool(re.match(rf"(?i){asks}", part))
