"""Tell formats apart by what their records cannot do without: magic bytes first, then structure.

File names are never asked: extensions lie.
"""

import json
import re
from dataclasses import dataclass

from config_gen.samples import mainframe
from config_gen.samples.jsons import looks_like_ndjson
from domain.configuration.feed_source import FormatKind

ACCESS = "an Access database"
STATISTICS = "a data file of a statistics program (SAS, SPSS, Stata)"
DBASE = "a dBase file"
_REFUSED = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x00\x01\x00\x00Standard Jet DB", ACCESS),
    (b"\x00\x01\x00\x00Standard ACE DB", ACCESS),
    (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", STATISTICS),
    (b"$FL2", STATISTICS),
    (b"<stata_dta>", STATISTICS),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"-----BEGIN PGP", "encrypted with PGP"),
    (b"\x85\x01", "probably encrypted with PGP"),
    (b"\x84\x8c\x03", "encrypted with PGP"),
    (b"Salted__", "encrypted with OpenSSL"),
    (b"age-encryption.org", "encrypted with age"),
    (b"ORC", "an ORC file"),
    (b"\xca\xfe\xba\xbe", "a Java class"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
    (b"PARE", "an encrypted Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89HDF", "an HDF5 file"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What the programs that write such files write just as easily.
_ONE_TABLE = "Export one table of it as CSV, and drop that."
INSTEAD = {
    **mainframe.INSTEAD,
    "an ORC file": "Write the same table as Parquet (`df.write.parquet(…)`) and drop that.",
    "an Arrow file": "Write the same table as Parquet and drop that.",
    ACCESS: _ONE_TABLE,
    DBASE: _ONE_TABLE,
    STATISTICS: "Export it as CSV or Parquet from the program, and drop that.",
    "a SQLite database": "Export one table of it as CSV (`.mode csv`, `.headers on`) and drop that.",
}
"""What to drop in place of a file that is refused by these words."""
_OLD_EXCEL = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")


@dataclass(frozen=True)
class Guess:
    """The format and the reason; `refused` says in words what an unreadable file is."""

    format: FormatKind | None
    evidence: str
    subformat: str | None = None
    refused: str | None = None


def by_magic(head: bytes) -> Guess | None:
    """Return what the first bytes prove, or None when only the text can tell."""
    if head.startswith(b"PAR1"):
        return Guess(FormatKind.PARQUET, "begins with the mark PAR1")
    if head.startswith(b"Obj\x01"):
        return Guess(FormatKind.AVRO, "begins with the mark of an Avro container")
    if head.startswith(_OLE):
        sealed = "EncryptedPackage".encode("utf-16-le") in head
        if sealed:
            return Guess(None, "", refused="an Excel file sealed with a password")
        return Guess(FormatKind.EXCEL, "an OLE container with a workbook", subformat="xls")
    if head[:2] in _OLD_EXCEL and head[2:4] in (b"\x10\x00", b"\x08\x00", b"\x06\x00", b"\x04\x00"):
        return Guess(FormatKind.EXCEL, "begins with an Excel record of the nineties", subformat="xls")
    if (kind := mainframe.mainframe_kind(head[:4096])) is not None:
        return Guess(None, "", refused=kind)
    if _is_dbase(head):
        return Guess(None, "", refused=DBASE)
    for mark, words in _REFUSED:
        if (
            head.startswith(mark)
            and not (len(mark) == 2 and _mostly_text(head))
            and not (mark in (b"ORC", b"ID3") and _mostly_text(head))
        ):
            return Guess(None, "", refused=words)
    return None


def _is_dbase(head: bytes) -> bool:
    """Tell a dBase table: a version, a day, and a header of 32 bytes for itself and each field."""
    if len(head) < 65 or head[0] not in (0x03, 0x30, 0x83, 0x8B, 0xF5):
        return False
    size = int.from_bytes(head[8:10], "little")
    is_day = 1 <= head[2] <= 12 and 1 <= head[3] <= 31
    return is_day and head[12:14] == b"\0\0" and size >= 65 and size % 32 in (1, 8, 2)


def office_of(names: list[str]) -> Guess | None:
    """Return the office format of a zip archive with these entries, or None for an ordinary archive."""
    names = [name.replace("\\", "/").lstrip("/") for name in names]  # some writers use the wrong slash
    for prefix, kind in (("xl/workbook.bin", "xlsb"), ("xl/", "xlsx")):
        if any(name.startswith(prefix) for name in names):
            return Guess(FormatKind.EXCEL, "a zip archive with a workbook inside", subformat=kind)
    if "content.xml" in names and ("mimetype" in names or "META-INF/manifest.xml" in names):
        return Guess(FormatKind.EXCEL, "an OpenDocument spreadsheet", subformat="ods")
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return Guess(None, "", refused="an office document, not a table")
    return None


def by_text(text: str) -> Guess | None:
    """Return the structured text format, or None when it is a table of some kind or plain text."""
    start = text.lstrip("\ufeff \t\r\n\x00\x01\x0b\x0c")
    first_line = start.split("\n", 1)[0].rstrip("\r")
    for find in (_swift, _x12, _edifact, _fix, _bai2, _nacha, _xml, _json):
        guess = find(start, first_line)
        if guess is not None:
            return guess
    return None


def _mostly_text(head: bytes) -> bool:
    sample = head[:2048]
    return sum(1 for byte in sample if byte < 9 or 13 < byte < 32) < 0.02 * len(sample) + 1


def _swift(text: str, line: str) -> Guess | None:
    block = re.match(r"\{1:[FAL]\d\d[A-Z0-9]{12}", text)
    if block:
        number = re.search(r"\{2:[IO](\d{3})", text[:400])
        return Guess(
            FormatKind.SWIFT_MT,
            "begins with the basic header block of a SWIFT message",
            f"MT{number.group(1)}" if number else None,
        )
    tags = re.findall(r"^-?:(\d\d[A-Z]?|NS):", text[:20_000], re.MULTILINE)
    kinds = set(tags)
    if re.match(r":(?:\d\d[A-Z]?|NS):", text) or (
        len(tags) >= 3 and kinds & {"20", "60F", "61", "62F", "25"}
    ):
        interim = "MT942" if kinds & {"34F", "90D", "90C"} else None
        statement = "MT940" if kinds & {"60F", "60M", "61", "62F"} else None
        return Guess(
            FormatKind.SWIFT_MT, f"{len(tags)} SWIFT field tags such as :{tags[0]}:", interim or statement
        )
    return None


def _x12(text: str, line: str) -> Guess | None:
    if text[:3] != "ISA" or len(text) < 50:
        return None
    mark = text[3]
    if mark.isalnum() or text[:110].count(mark) < 10:
        return None
    kind = re.search(rf"(?:^|[^\w])ST{re.escape(mark)}(\d{{3}})", text[:5000])
    return Guess(FormatKind.X12, "begins with an ISA interchange header", kind.group(1) if kind else None)


def _edifact(text: str, line: str) -> Guess | None:
    if not re.match(r"(?:UNA.{6}\s*)?UN[BH][+:]|UNA.{6}\s*UN", text):
        return None
    kind = re.search(r"UNH.[^+:]*.([A-Z]{6})", text[:5000])
    return Guess(
        FormatKind.EDIFACT, "begins with an EDIFACT service segment", kind.group(1) if kind else None
    )


def _fix(text: str, line: str) -> Guess | None:
    found = re.search(r"8=FIXT?\.\d\.\d([\x01|^;\s]|<SOH>|\^A)9=\d+", text[:4000])
    if found is None:
        return None
    lines = text[:8000].splitlines()
    share = sum(1 for entry in lines if "8=FIX" in entry) / max(1, len(lines))
    version = re.search(r"8=(FIXT?\.\d\.\d)", text)
    return (
        Guess(
            FormatKind.FIX,
            f"{share:.0%} of lines hold a FIX message",
            version.group(1) if version else None,
        )
        if share > 0.3
        else None
    )


def _bai2(text: str, line: str) -> Guess | None:
    records = re.findall(r"^(\d\d),", text[:4000], re.MULTILINE)
    if re.match(r"01,[^,\n]*,[^,\n]*,\d{6},\d{3,4},", text) and len(records) >= 2:
        return Guess(
            FormatKind.BAI2, "begins with a BAI2 file header (01) with sender, receiver, date and time"
        )
    return None


def _nacha(text: str, line: str) -> Guess | None:
    if re.match(r"101[ \d].{8}[ \d]{10,11}\d{6}[\d ]{0,4}", text) and "094101" in text[:60]:
        return Guess(FormatKind.NACHA, "begins with a NACHA file header: record size 094, blocking factor 10")
    lines = [entry.rstrip("\r") for entry in text[:20_000].split("\n") if entry.strip()]
    kinds = {entry[0] for entry in lines}
    shaped = kinds <= set("156789") and sum(1 for entry in lines if len(entry) == 94) >= 0.8 * len(lines)
    if lines and shaped and (line.startswith(("101", "5")) or {"5", "6"} <= kinds):
        return Guess(FormatKind.NACHA, "records of 94 characters with NACHA record types")
    return None


def _xml(text: str, line: str) -> Guess | None:
    if not text.startswith("<") or not re.match(
        r"<(?:\?xml|!--|!DOCTYPE|!\[CDATA|[A-Za-z_][\w.:-]*[\s/>])", text
    ):
        return None
    if re.match(
        r"(?:<!--(?:(?!-->).)*-->\s*)*<(?:(?:!DOCTYPE )?html\b|body\b"
        r"|table\b[^>]*>\s*<(?:!--|t[rhd]\b|thead|tbody|caption|col))",
        text[:4000],
        re.IGNORECASE | re.DOTALL,
    ):
        return Guess(FormatKind.TEXT, "an HTML page", "html")
    kinds: list[str] = re.findall(
        r"urn:(?:iso:std:iso:20022:tech:xsd:|swift:xsd:\$?)([a-z]{4}\.\d{3}\.\d{3}(?:\.\d\d)?|[\w.$]+)",
        text[:20_000],
    )
    if kinds:
        # A business header stands before the message that it is about.
        kind = next((name for name in kinds if not name.startswith("head.")), kinds[0])
        return Guess(FormatKind.ISO20022, "names an ISO 20022 message", kind)
    return Guess(FormatKind.XML, "begins with an XML declaration or element")


def _json(text: str, line: str) -> Guess | None:
    if text[:1] in "{[":
        if re.match(r"\[[^\]\n]{0,60}\]\s*$", line) and not _is_json(line) and "\n" in text.strip():
            return None
        if looks_like_ndjson(text):
            return Guess(FormatKind.NDJSON, "each line is a JSON value of its own")
        if re.match(r"\{\s*(?:\"|\}|')|\[\s*(?:[\[{\"\]\d-]|true|false|null)", text) or _is_json(
            text[:100_000]
        ):
            return Guess(FormatKind.JSON, "begins like a JSON document")
    return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
