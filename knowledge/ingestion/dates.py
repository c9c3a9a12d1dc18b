"""Say when a document was last changed, by its own word: a copy, an export or a clone has the date of today.

Front matter, attributes, a page's head, the line that Confluence writes below a title, and the properties of
PDF and Word are read; what gives no whole date says nothing.
"""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

_BEGINNING = 20_000
_LARGEST_PROPERTIES = 100_000
_OLDEST = 1980
"""Year before which nobody changed a document: programs write the first day that they know for none."""
_TOLD = re.compile(
    r"(?im)^:?(?:last[_-]?(?:updated|modified|changed|mod)|updated(?:[_-]?(?:at|on))?|modified|revdate|changed)"
    r"[ \t]{0,4}:[ \t]{0,4}[\"']?(\d{4}-\d\d-\d\d[T ]?[\d:.]{0,15}(?:Z|[+-]\d\d:?\d\d)?)"
)
_DATED = re.compile(r"(?im)^:?date[ \t]{0,4}:[ \t]{0,4}[\"']?(\d{4}-\d\d-\d\d)")
_META = re.compile(r"(?i)<meta\s[^<>]{1,400}>")
_META_NAME = re.compile(
    r"(?i)=[\"']?(?:last-modified|dcterms\.modified|dc\.date\.modified|article:modified_time|og:updated_time)\b"
)
_META_DATE = re.compile(r"(?i)content=[\"']?([^\"'<>]{8,40})")
_CONFLUENCE = re.compile(r"(?is)class=[\"']page-metadata[\"'][^>]{0,80}>(.{0,600}?)(?:</div>|</ul>)")
_ON = re.compile(r"\bon\s+([A-Z][a-z]{2}\s+\d\d?,\s+\d{4}|\d{4}-\d\d-\d\d|\d\d?\s+[A-Z][a-z]{2}\s+\d{4})")
_WORD_CHANGED = re.compile(r"<dcterms:modified[^<>]{0,80}>([^<>]{8,40})</")
_FORMS = (
    "%b %d, %Y", "%d %b %Y", "%a, %d %b %Y %H:%M:%S GMT", "%Y-%m-%d",
)  # fmt: skip


def changed_on(suffix: str, content: bytes) -> str:
    """Return when a document says that it was last changed, in ISO form, or nothing."""
    if suffix in (".html", ".htm"):
        said = _of_page(content[:_BEGINNING].decode("utf-8", "replace"))
    elif suffix == ".docx":
        said = _of_word(content)
    elif suffix == ".pdf":
        said = _of_pdf(content)
    else:
        said = _of_text(suffix, content[:_BEGINNING].decode("utf-8", "replace"))
    moment = _moment(said)
    return moment.isoformat() if moment else ""


def written_on(suffix: str, content: bytes) -> str:
    """Return the `date:` of a text that says nothing of changes, in ISO form, or nothing.

    Sites of pages write it once, when a page begins: a commit that came later has changed the page since.
    """
    if suffix in (".html", ".htm", ".docx", ".pdf"):
        return ""
    told = _front_matter(suffix, content[:_BEGINNING].decode("utf-8", "replace"))
    found = None if _TOLD.search(told) else _DATED.search(told)
    moment = _moment(found.group(1)) if found else None
    return moment.isoformat() if moment else ""


def _of_text(suffix: str, text: str) -> str:
    """Return the date of front matter; AsciiDoc and reStructuredText give theirs in attributes."""
    told = _front_matter(suffix, text)
    found = _TOLD.search(told) or _DATED.search(told)
    return found.group(1) if found else ""


def _front_matter(suffix: str, text: str) -> str:
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    if text.startswith("---\n"):
        told = text[: text.find("\n---", 4)] if "\n---" in text[4:] else ""
    else:
        told = text[:2_000] if suffix in (".adoc", ".asciidoc", ".rst") else ""
        told = "\n".join(line for line in told.split("\n") if line.startswith(":"))
    return told


def _of_page(page: str) -> str:
    for tag in _META.findall(page):
        if _META_NAME.search(tag) and (found := _META_DATE.search(tag)):
            return found.group(1)
    below = _CONFLUENCE.search(page)
    dates = _ON.findall(re.sub(r"<[^<>]{0,200}>", " ", below.group(1))) if below else []
    return dates[-1] if dates else ""


def _of_word(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("docProps/core.xml") as stream:
            found = _WORD_CHANGED.search(stream.read(_LARGEST_PROPERTIES).decode("utf-8", "replace"))
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        KeyError,
        ValueError,
        RuntimeError,
        EOFError,
    ):
        return ""  # whether it can be read at all is its reader's business
    return found.group(1) if found else ""


def _of_pdf(content: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        told = PdfReader(io.BytesIO(content)).metadata
        changed = (told.modification_date or told.creation_date) if told else None
    except (PyPdfError, ValueError):
        return ""
    return changed.isoformat() if changed else ""


def _moment(said: str) -> datetime | None:
    said = " ".join(said.split())
    for read in (datetime.fromisoformat, *(_reading(form) for form in _FORMS)):
        try:
            found = read(said)
        except ValueError:
            continue
        if found.year <= _OLDEST:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _reading(form: str) -> Callable[[str], datetime]:
    return lambda said: datetime.strptime(said, form).replace(tzinfo=UTC)
