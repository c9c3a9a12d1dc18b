"""Read one file of a known kind as Markdown-like text; runs in the limited child, never in a door."""

import io
import json
import re
from collections.abc import Callable

from domain.errors import BadInput
from knowledge.ingestion.asciidoc_pages import asciidoc_as_markdown
from knowledge.ingestion.html_pages import page_as_markdown
from knowledge.ingestion.restructured_pages import restructured_as_markdown
from knowledge.ingestion.titles import told_title
from knowledge.ingestion.word_pages import word_as_markdown

LONGEST_TEXT = 400_000
_MOST_PDF_PAGES = 2_000
_MOST_CELLS = 5_000
READ_HERE = "Markdown, AsciiDoc, reStructuredText, HTML, PDF, DOCX, a notebook, or a zip of these"
_MARKDOWN = frozenset({".md", ".markdown", ".txt"})
_WITH_ATTRIBUTES = frozenset({".adoc", ".asciidoc", ".rst"})
_BEGINNING = 8_000
"""Characters in which a document says what it is about."""
_FRONT = re.compile(r"\A---\n(.{0,20000}?)\n---\n", re.DOTALL)
ABOUT = ("alerts", "services", "feeds")
_NAME = re.compile(r"[\w.:/-]{1,100}")
_MOST_NAMES = 20
_FEW_BROKEN = 4
"""Text in another table hardly reads as UTF-8: of its letters beyond ASCII nearly all are broken."""
_CHARSET = re.compile(rb"charset=[\"']?([\w-]{3,20})", re.IGNORECASE)
_OLD_TABLES = frozenset(
    ("iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "windows-1254", "koi8-r")
)


def read_html(content: bytes) -> tuple[str, str]:
    """Return (title, text) of a page; scripts, styles and frames are dropped."""
    return page_as_markdown(_decoded(content))


def read_asciidoc(content: bytes) -> tuple[str, str]:
    """Return (title, text) of an AsciiDoc file; what it includes is not read."""
    return asciidoc_as_markdown(_decoded(content))


def read_restructured(content: bytes) -> tuple[str, str]:
    """Return (title, text) of a reStructuredText file; what it includes is not read."""
    return restructured_as_markdown(_decoded(content))


def read_markdown(content: bytes) -> tuple[str, str]:
    """Return (title, text); front matter is taken off, its title used."""
    text = _decoded(content).replace("\r\n", "\n")
    title = ""
    front = _FRONT.match(text)
    if front:
        text = text[front.end() :]
        named = re.search(r"(?m)^title:\s*[\"']?(.{1,200}?)[\"']?\s*$", front.group(1))
        title = named.group(1) if named else ""
    heading = re.match(r"\s*#\s+(.+)\n?", text)
    if heading and not title:
        title, text = heading.group(1).strip(), text[heading.end() :]
    return title, text.strip()


def about(suffix: str, content: bytes) -> dict[str, str]:
    """Return what a file says at its beginning that it is about, each a line a name.

    In the front matter of Markdown `alerts: DiskFull, NodeDown`, `[DiskFull, NodeDown]` and a list below the
    word are all read; in AsciiDoc and reStructuredText `:alerts: DiskFull, NodeDown`.
    """
    told, before = "", ""
    if suffix in _MARKDOWN | _WITH_ATTRIBUTES:
        text = _decoded(content).replace("\r\n", "\n")
        if front := _FRONT.match(text):
            told = front.group(1)
        elif suffix in _WITH_ATTRIBUTES:
            told, before = text[:_BEGINNING], ":"
    if not told:
        return {}
    found = {}
    for part in ABOUT:
        said = re.search(rf"(?m)^{before}{part}:[ \t]*(.*(?:\n[ \t]*-[ \t].*)*)$", told)
        names = (
            [one.strip(" \t\"'[]") for one in re.split(r",|\n[ \t]*-[ \t]", said.group(1))] if said else []
        )
        found[part] = "\n".join([name for name in names if _NAME.fullmatch(name)][:_MOST_NAMES])
    return found


def read_pdf(content: bytes) -> tuple[str, str]:
    """Return (title, text), a heading per page, so that a passage can be cited by page.

    Raises:
        BadInput: It is locked, too long, or holds pictures only.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _bad("This PDF is locked with a password.", "Drop an unlocked copy.")
        if len(reader.pages) > _MOST_PDF_PAGES:
            raise _bad(
                f"This PDF has {len(reader.pages):,} pages; I read up to {_MOST_PDF_PAGES:,}.", "Split it."
            )
        pages = [page.extract_text().strip() for page in reader.pages]
        title = str(reader.metadata.title or "") if reader.metadata else ""
    except PyPdfError as error:
        raise _bad("This PDF is damaged: I can't read its structure.", "Export it again.") from error
    if not any(pages):
        raise _bad(
            "This PDF holds no text, only pictures.",
            "Drop a version with text, or a scan that was recognised.",
        )
    return told_title(title), "\n\n".join(f"## Page {n}\n\n{page}" for n, page in enumerate(pages, 1) if page)


def read_notebook(content: bytes) -> tuple[str, str]:
    """Return (title, text): prose as it stands, code as blocks; outputs are left out.

    Raises:
        BadInput: It is no notebook.
    """
    try:
        cells = json.loads(_decoded(content))["cells"]
        pairs = [(str(cell["cell_type"]), "".join(cell["source"])) for cell in cells[:_MOST_CELLS]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _bad(
            "This is no Jupyter notebook that I can read.", "Save it again as .ipynb, version 4."
        ) from error
    blocks = [text if kind == "markdown" else f"```\n{text}\n```" for kind, text in pairs if text.strip()]
    return read_markdown("\n\n".join(blocks).encode())


Reading = Callable[[bytes], tuple[str, str]]
READERS: dict[str, Reading] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_markdown,
    ".adoc": read_asciidoc,
    ".asciidoc": read_asciidoc,
    ".rst": read_restructured,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": word_as_markdown,
    ".ipynb": read_notebook,
}


def _decoded(content: bytes) -> str:
    if b"\x00" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _bad("This file is binary, not text.", f"Drop {READ_HERE}.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").replace("\x00", "")
    try:
        return content.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        # Older wikis and editors write what their page declares, or the table of Windows.
        declared = _CHARSET.search(content[:2048])
        named = declared[1].decode().lower() if declared else ""
        told = content.decode("utf-8-sig", "replace")
        beyond_ascii = len(told) - len(told.encode("ascii", "ignore"))
        if named in ("utf-8", "utf8") or told.count("\ufffd") * _FEW_BROKEN < beyond_ascii:
            return told.replace("\x00", "")  # a byte or two got lost on the way
        return content.decode(named if named in _OLD_TABLES else "cp1252", "replace").replace("\x00", "")


def _bad(say: str, next_step: str) -> BadInput:
    return BadInput("document refused", say=say, next_step=next_step)
