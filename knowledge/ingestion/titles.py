"""The title of a document that has none of its own: its first line, where that reads like one.

Every page of a house may begin with the same letterhead, and articles of one title are taken for versions of
each other: the first line of a PDF counts only where it shares a word with the name of its file.
"""

import re

from knowledge.words import terms

_READS_SO = re.compile(r"(?=.*[^\W\d_]{3})[^\W_].{2,98}[^.,;:!\s]")
_NOT_SO = re.compile(
    r"(?i)^(?:page|seite|version|revision|date|author|owner|confidential|internal|draft|copyright|status|dear"
    r"|hi|hello|from|to|subject|table of contents|contents)\b|://|@|[{}<>|=\\]|^\d+[.)]\s"
)
_UNDERLINE = re.compile(r"[=~*-]{3,}")
_PAGE = "## Page 1"
_OF_A_PROGRAM = re.compile(r"^Microsoft (?:Word|PowerPoint) - ")
_NAME_OF_A_FILE = re.compile(r"(?i)\.(?:docx?|odt|pptx?|txt|md|html?|indd|tex)$|^untitled|^document\d*$")


def told_title(title: str) -> str:
    """Return the title that a file gives itself, nothing where a program only wrote down its name there."""
    said = _OF_A_PROGRAM.sub("", title.strip())
    return "" if _NAME_OF_A_FILE.search(said) else said


def first_line_as_title(text: str, file_name: str) -> str:
    """Return the first line of a text where it reads like the title of what follows, else nothing."""
    is_page = text.startswith(_PAGE)
    lines = [line.strip() for line in text.removeprefix(_PAGE).strip()[:1000].split("\n")]
    first, following = lines[0], lines[1] if len(lines) > 1 else ""
    if not _READS_SO.fullmatch(first) or first.islower() or _NOT_SO.search(first):
        return ""
    if is_page:  # its lines stand below each other without blanks: a sentence goes on in small letters
        return "" if following[:1].islower() or not set(terms(first)) & set(terms(file_name)) else first
    return first if len(lines) > 2 and (not following or _UNDERLINE.fullmatch(following)) else ""
