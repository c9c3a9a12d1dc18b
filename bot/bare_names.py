"""A name as people write it in a message: bold, as code, or between the quotation marks of a telephone."""

_MARKS = "*`\"'“”„‚‘’«»"  # noqa: RUF001  these are the signs that are meant
_PAIRS = frozenset({("“", "”"), ("„", "“"), ("‘", "’"), ("«", "»"), ('"', '"'), ("'", "'"), ("`", "`")})  # noqa: RUF001


def bare_name(word: str) -> str:
    """Return the name in small letters, without what stands around it."""
    return word.lower().strip(_MARKS)


def without_quotes(text: str) -> str:
    """Return a text that stands in quotation marks as a whole without them, and any other as it is."""
    inner = text[1:-1].strip()
    is_whole = (
        len(text) > 2 and (text[0], text[-1]) in _PAIRS and not any(sign in inner for sign in _MARKS[1:])
    )
    return inner if is_whole and inner else text
