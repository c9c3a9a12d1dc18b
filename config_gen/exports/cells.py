"""Texts from outside on their way into tables that people open: never a formula."""

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(text: str) -> str:
    """Return the text so that a spreadsheet shows it and does not compute it; numbers stay numbers."""
    if not text.startswith(_STARTS):
        return text
    number = text[1:].replace(".", "", 1)
    return text if text[0] in "+-" and number.isascii() and number.isdigit() else f"'{text}"
