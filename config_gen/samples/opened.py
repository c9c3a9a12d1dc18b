"""Open a sample: unwrap it, tell its format, decode it and hand it to the reader that fits."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from zipfile import ZipInfo

from config_gen.samples.adjoining import is_list_of_codes
from config_gen.samples.containers import container_of, open_zip, unwrap
from config_gen.samples.delimited import endless_line, read_delimited
from config_gen.samples.dialect import is_one_column, sniff
from config_gen.samples.encoding_doubt import ask_encoding
from config_gen.samples.encodings import EncodingGuess, decoded, detect_encoding
from config_gen.samples.fixed import (
    even_lines,
    parts_thousands,
    ragged_columns,
    read_fixed,
    stands_in_columns,
)
from config_gen.samples.foreign import foreign_kind
from config_gen.samples.formats import INSTEAD, Guess, by_magic, by_text, office_of
from config_gen.samples.jsons import read_json, read_ndjson
from config_gen.samples.limits import Limits
from config_gen.samples.messages import read_messages
from config_gen.samples.parsed import Parsed
from config_gen.samples.ruled import read_ruled, rule_of
from config_gen.samples.source import Source
from config_gen.samples.typed import read_avro, read_parquet
from config_gen.samples.workbooks import read_excel
from config_gen.samples.xmls import read_xml
from domain.configuration.feed_source import FormatKind
from domain.errors import BadInput

_LOOK = 1 << 20
_GOOD_DIALECT = 0.42
_POOR_DIALECT = 0.2
_PROSE_WORDS = 7
_PROSE_LINES = 6
_MIXED_LATER = (
    "Two encodings are mixed: behind the first part of the file some lines are {}, and the others are not."
    " Letters of some come out wrong: have all of it written in one."
)
_LARGE = "The file inside is large; I read its first part."
_BREAKS_OFF = (
    "The packing breaks off in the middle, so I read what came before: the file was probably cut on its way."
    " Send it again."
)
_PAGE = "This is a page for people (HTML), not a feed of records. Ask the sender for the file itself."
_PAGE_WITH_TABLE = (
    "This is a page for people (HTML) with a table in it, whatever its name says. Open it in a spreadsheet,"
    " save it as .xlsx or CSV, and drop that."
)
USUAL_DELIMITERS = (",", ";", "\t", "|")
_RARE_IN_TEXT = frozenset("^~¬¦§þ\x01\x14\x1f")
"""Nobody writes these in texts and numbers: in columns of blanks they would not stand in every line."""


@dataclass
class Opened:
    """What was read, and the wrappers around it from outside in."""

    parsed: Parsed
    containers: tuple[str, ...] = ()
    member: str | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Text:
    """Decoded text: `pieces[0]` is the head; more pieces when the file was sampled."""

    pieces: list[str]
    encoding: EncodingGuess
    sampled: bool
    share: float
    cut_tail: int = 0


def open_sample(source: Source, limits: Limits, sheet: str = "") -> Opened:
    """Return the contents of a sample, whatever it is wrapped in.

    Raises:
        BadInput: The sample cannot be read; the sentence says what it is, where, and what to do.
    """
    containers: tuple[str, ...] = ()
    member: str | None = None
    warnings: list[str] = []
    cut = False
    inner = source
    while (container := container_of(inner.read(0, 512))) is not None:
        office = None
        if container == "zip":
            with open_zip(inner) as archive:
                office = office_of(archive.namelist()[:2000])
                _refuse_swollen_office(archive.infolist() if office else [], inner.name, limits)
        if office is not None:
            return Opened(_by_guess(office, inner, limits, sheet), containers, member, warnings)
        if len(containers) >= limits.nested_containers:
            raise BadInput(
                f"{source.name}: nested containers",
                say=f"**{source.name}** is an archive inside an archive inside an archive.",
                next_step="Unpack it and drop the file itself.",
            )
        unwrapped = unwrap(inner, container, limits)
        containers, member, cut = (*containers, container), unwrapped.member or member, cut or unwrapped.cut
        warnings += unwrapped.warnings
        inner = Source(unwrapped.data, unwrapped.member or source.name)
    guess = by_magic(inner.read(0, _LOOK))
    parsed = _by_guess(guess, inner, limits, sheet) if guess else _from_text(inner, limits)
    if cut:
        parsed.sampled = True
        warnings.append(_LARGE if inner.size >= limits.unpacked_bytes else _BREAKS_OFF)
    return Opened(parsed, containers, member, warnings)


def _refuse_swollen_office(entries: list[ZipInfo], name: str, limits: Limits) -> None:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > 8 * limits.unpacked_bytes or (total > 2**24 and total > limits.unpack_ratio * max(1, packed)):
        raise BadInput(
            f"{name}: workbook unpacks to {total}",
            say=f"**{name}** is a workbook of {packed:,} bytes that unpacks to {total:,}:"
            " packed like a bomb, so I did not open it.",
            next_step="Export the sheet as CSV and drop that.",
        )


def _by_guess(guess: Guess, source: Source, limits: Limits, sheet: str) -> Parsed:
    if guess.refused is not None or guess.format is None:
        sealed = any(word in (guess.refused or "") for word in ("encrypted", "password"))
        packed = "archive" in (guess.refused or "")
        raise BadInput(
            f"{source.name}: {guess.refused}",
            say=f"**{source.name}** is {guess.refused}; I cannot read feeds from that.",
            next_step=INSTEAD.get(guess.refused or "")
            or ("Send it unsealed, in a channel where that is allowed." if sealed else "")
            or ("Unpack it, or pack it as zip, tar or gzip, and drop that." if packed else "")
            or "Export the data as CSV, JSON, Excel or Parquet and drop that.",
        )
    if guess.format is FormatKind.PARQUET:
        return read_parquet(source, limits)
    if guess.format is FormatKind.AVRO:
        return read_avro(source, limits)
    return read_excel(source, guess.subformat, limits, sheet)


def _from_text(source: Source, limits: Limits) -> Parsed:
    text = _decode(source, limits)
    parsed = _parse_text(text, source.name, limits)
    parsed.encoding, parsed.encoding_evidence = text.encoding.codec, text.encoding.evidence
    parsed.encodings_alike = text.encoding.alike
    if text.encoding.warning:
        parsed.warnings.append(text.encoding.warning)
    ask_encoding(parsed, source.read(0, limits.whole_bytes), text.encoding)
    if text.sampled:
        parsed.sampled = True
        parsed.estimated = max(parsed.records, round(parsed.records / max(text.share, 1e-9)))
    elif parsed.records >= limits.records or parsed.sampled:
        parsed.sampled = True
        lines = sum(piece.count("\n") for piece in text.pieces)
        parsed.estimated = max(parsed.records, lines)
    return parsed


def _decode(source: Source, limits: Limits) -> Text:
    whole = source.size <= limits.whole_bytes
    head = source.read(0, source.size if whole else limits.head_bytes)
    guess = detect_encoding(head[:_LOOK] if len(head) > _LOOK else head, complete=len(head) <= _LOOK)
    if guess is not None and guess.codec == "utf-8" and len(head) > _LOOK:
        guess = detect_encoding(head, complete=whole)
    if guess is None:
        raise BadInput(
            f"{source.name}: binary",
            say=f"**{source.name}** is binary data of a kind that I do not know"
            f" (it begins with {head[:8].hex(' ')}).",
            next_step="Drop a table, messages or one of: CSV, JSON, XML, Excel, Parquet, Avro.",
        )
    if not whole and guess.codec == "utf-8":
        guess = _as_later_bytes_say(source, head, guess, limits)
    text, guess = decoded(head, guess)
    if whole:
        return Text([text], guess, False, 1.0)
    pieces = [_to_last_line(text)]
    read = len(head)
    if not guess.codec.startswith(("utf-16", "utf-32")):
        for raw in _blocks(source, limits):
            first = raw.find(b"\n") + 1
            piece = _to_last_line(raw[first:].decode(guess.codec, "replace")) if first else ""
            if piece:
                pieces.append(piece)
                read += len(raw) - first
    return Text(pieces, guess, True, read / source.size, len(text) - len(pieces[0]))


def _blocks(source: Source, limits: Limits) -> Iterator[bytes]:
    """Yield pieces spread evenly over what is behind the head."""
    room = source.size - limits.head_bytes - limits.block_bytes
    for block in range(limits.blocks):
        start = limits.head_bytes + room * (block + 1) // limits.blocks
        yield source.read(max(start, limits.head_bytes), limits.block_bytes)


def _as_later_bytes_say(source: Source, head: bytes, guess: EncodingGuess, limits: Limits) -> EncodingGuess:
    """Return the encoding of the whole file: its first letter beyond ASCII may stand far behind the head."""
    for raw in _blocks(source, limits):
        lines = raw[raw.find(b"\n") + 1 : raw.rfind(b"\n") + 1]
        if not lines.isascii():
            later = detect_encoding(head[:_LOOK] + lines, complete=False)
            if later is not None and later.odd_lines:  # counted from here, these numbers say nothing
                return replace(later, odd_lines=(), warning=_MIXED_LATER.format(later.odd_codec))
            if later is not None and (later.codec != "utf-8" or later.warning):
                return later
            guess = replace(guess, alike=())  # its letters are those of UTF-8 after all
    return guess


def _to_last_line(text: str) -> str:
    end = text.rfind("\n")
    return text[: end + 1] if end > 0 else text


def _parse_text(text: Text, name: str, limits: Limits) -> Parsed:
    head = text.pieces[0]
    if not head.strip("\ufeff \t\r\n\0"):
        raise BadInput(
            f"{name}: blank",
            say=f"**{name}** holds only blanks and line ends.",
            next_step="Drop a file with at least one record.",
        )
    guess = by_text(head[:200_000])
    is_known = guess is not None and guess.format not in (None, FormatKind.XML)
    if not is_known and (kind := foreign_kind(head)) is not None:
        raise BadInput(f"{name}: {kind.what}", say=f"**{name}** is {kind.what}.", next_step=kind.instead)
    if guess is None or guess.format is None:
        return _table(text, name, limits)
    if guess.format is FormatKind.JSON and text.sampled:
        raise BadInput(
            f"{name}: JSON of more than {limits.whole_bytes} bytes",
            say=f"**{name}** is one JSON document of more than"
            f" {limits.whole_bytes // 2**20} MiB; it can only be read as a whole.",
            next_step="Send it as JSON lines (one record a line), or a part of it.",
        )
    if guess.format is FormatKind.JSON:
        parsed = read_json(head, name, limits)
    elif guess.format is FormatKind.NDJSON:
        parsed = read_ndjson(text.pieces, name, limits)
    elif guess.format in (FormatKind.XML, FormatKind.ISO20022):
        parsed = read_xml(head, name, limits, complete=not text.sampled)
    elif guess.format is FormatKind.TEXT:
        return Parsed(
            FormatKind.TEXT,
            guess.evidence,
            subformat=guess.subformat,
            warnings=[_PAGE_WITH_TABLE if "<table" in head[:_LOOK].lower() else _PAGE],
        )
    else:
        parsed = read_messages(guess.format, head, limits)
    parsed.format, parsed.evidence = (
        guess.format,
        f"{guess.evidence}; {parsed.evidence}" if parsed.evidence else guess.evidence,
    )
    parsed.subformat = guess.subformat or parsed.subformat
    return parsed


def _table(text: Text, name: str, limits: Limits) -> Parsed:
    head = text.pieces[0]
    if text.cut_tail > limits.record_bytes:
        raise endless_line(name, head.count("\n") + 1, limits)
    rule = rule_of(head)
    if rule is not None:
        lines = [line for piece in text.pieces for line in piece.split("\n")]
        if (ruled := read_ruled(lines, rule, limits.records)) is not None:
            return ruled
    sniffed = sniff(head)
    mark = sniffed.dialect.delimiter
    usual = mark in USUAL_DELIMITERS or mark in _RARE_IN_TEXT or len(mark) > 1
    in_numbers = parts_thousands(head, mark) or stands_in_columns(head, mark)
    if sniffed.score < _GOOD_DIALECT or not usual or in_numbers:
        lines = even_lines(head) or ragged_columns(head)
        if lines and not is_list_of_codes(lines) and not is_one_column(head):
            return read_fixed(
                lines,
                [line.rstrip("\r") for piece in text.pieces for line in piece.split("\n")][: limits.records],
            )
    if sniffed.score < _POOR_DIALECT and _is_prose(head, mark):
        return Parsed(
            FormatKind.TEXT, "sentences rather than records", warnings=["I found no records in this text."]
        )
    return read_delimited(text.pieces, name, limits, sniffed)


def _is_prose(text: str, delimiter: str) -> bool:
    """Tell whether most lines are sentences, and no delimiter stands in all of them."""
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    if len(lines) < _PROSE_LINES:
        return False
    wordy = sum(1 for line in lines if len(line.split()) >= _PROSE_WORDS)
    parted = sum(1 for line in lines if line.count(delimiter) >= 3)
    return wordy >= 0.6 * len(lines) and parted < 0.7 * len(lines)
