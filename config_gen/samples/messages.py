"""Read financial and trade messages into columns: SWIFT MT, FIX, NACHA, BAI2, X12 and EDIFACT."""

import re
from collections.abc import Callable

from config_gen.samples.limits import Limits
from config_gen.samples.parsed import Parsed
from config_gen.samples.swift import swift_records
from config_gen.samples.tag_names import FIX_CODES, FIX_NAMES, named_tag
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import ColumnType, FixedField
from domain.counting import counted

Records = list[dict[str, str]]
_NACHA_ENTRY = (
    ("record_type", 0, 1),
    ("transaction_code", 1, 2),
    ("receiving_dfi", 3, 8),
    ("check_digit", 11, 1),
    ("account_number", 12, 17),
    ("amount_cents", 29, 10),
    ("individual_id", 39, 15),
    ("individual_name", 54, 22),
    ("discretionary_data", 76, 2),
    ("addenda_indicator", 78, 1),
    ("trace_number", 79, 15),
)
_BAI2_FIELDS = {
    "01": ("sender", "receiver", "date", "time", "file_id", "record_length", "block_size", "version"),
    "02": ("receiver", "originator", "status", "date", "time", "currency", "modifier"),
    "03": ("account", "currency", "type_code", "amount", "item_count", "funds_type"),
    "16": ("type_code", "amount", "funds_type", "bank_reference", "customer_reference", "text"),
}


def read_messages(kind: FormatKind, text: str, limits: Limits) -> Parsed:
    """Return one record for each message, entry or segment, with the fields that the format names."""
    readers: dict[FormatKind, Callable[[str], tuple[Records, str]]] = {
        FormatKind.SWIFT_MT: swift_records,
        FormatKind.FIX: _fix,
        FormatKind.NACHA: _nacha,
        FormatKind.BAI2: _bai2,
        FormatKind.X12: _x12,
        FormatKind.EDIFACT: _edifact,
    }
    records, evidence = readers[kind](text)
    parsed = Parsed(kind, evidence)
    names = list(dict.fromkeys(name for record in records for name in record))[: limits.columns]
    parsed.names = names
    parsed.columns = [[record.get(name, "") for record in records] for name in names]
    parsed.records = parsed.estimated = len(records)
    if kind is FormatKind.FIX:
        parsed.declared = {n: ColumnType.STRING for n, name in enumerate(names) if name in FIX_CODES}
    if kind is FormatKind.NACHA:
        parsed.declared = {n: ColumnType.INTEGER for n, name in enumerate(names) if name == "amount_cents"}
        parsed.fixed = tuple(
            FixedField(name=name, start=start, length=length) for name, start, length in _NACHA_ENTRY
        )
    return parsed


def _fix(text: str) -> tuple[Records, str]:
    records: Records = []
    # The stream of a session has no line ends: a message ends where the next one begins.
    for message in re.findall(r"8=FIXT?\.[^\n]*?(?=(?<!\d)8=FIXT?\.|\n|\Z)", text):
        found = re.match(r"8=[^\x01|^;\s<]+(<SOH>|\^A|.)", message)
        mark = found.group(1) if found else "\x01"
        pairs = [field.split("=", 1) for field in message.split(mark) if "=" in field]
        records.append({named_tag(tag, FIX_NAMES): value for tag, value in pairs})
    return records, counted(len(records), "message")


def _nacha(text: str) -> tuple[Records, str]:
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    if len(lines) == 1 and len(lines[0]) > 94:
        lines = [lines[0][n : n + 94] for n in range(0, len(lines[0]), 94)]
    entries = [line for line in lines if line.startswith("6")]
    records = [
        {name: line[start : start + length].strip() for name, start, length in _NACHA_ENTRY}
        for line in entries
    ]
    batches = sum(1 for line in lines if line.startswith("5"))
    return records, f"{counted(len(records), 'entry', 'entries')} in {counted(batches, 'batch', 'batches')}"


def _bai2(text: str) -> tuple[Records, str]:
    joined = re.sub(r"/?\s*\r?\n88,", ",", text)
    records: Records = []
    for line in joined.splitlines():
        cells = line.strip().rstrip("/").split(",")
        names = _BAI2_FIELDS.get(cells[0])
        if names is None:
            continue
        record = {"record": cells[0]}
        record.update({name: cell for name, cell in zip(names, cells[1:], strict=False) if cell})
        records.append(record)
    return records, counted(len(records), "record")


def _x12(text: str) -> tuple[Records, str]:
    start = text.index("ISA")
    element = text[start + 3]
    after = text[start + 105 : start + 106]
    end = after if after and not after.isalnum() else "~"
    return _segments([part.strip() for part in text[start:].split(end)], element)


def _edifact(text: str) -> tuple[Records, str]:
    element, release, end = "+", "?", "'"
    text = text.lstrip()
    if text.startswith("UNA"):
        element, release, end = text[4], text[6], text[8]
        text = text[9:]
    segments = [part.strip() for part in _parted(text, end, release)]
    return _segments(segments, element, release)


def _segments(parts: list[str], element: str, release: str = "") -> tuple[Records, str]:
    records: Records = []
    for part in parts:
        if part:
            cells = _parted(part, element, release)
            records.append(
                {"segment": cells[0], **{f"element_{n}": cell for n, cell in enumerate(cells[1:40], start=1)}}
            )
    return records, f"{len(records):,} segments"


def _parted(text: str, mark: str, release: str) -> list[str]:
    """Return what stands between the marks; one behind a release character that is none itself is text."""
    parts: list[str] = []
    held: list[str] = []
    for piece in text.split(mark):
        held.append(piece)
        if not release.strip() or (len(piece) - len(piece.rstrip(release))) % 2 == 0:
            parts.append(mark.join(held))
            held = []
    return [*parts, mark.join(held)] if held else parts
