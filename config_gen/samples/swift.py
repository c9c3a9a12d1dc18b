"""Read SWIFT MT messages: one record for each line of a statement, else one for each message.

A statement (MT940, MT942, MT950) holds any number of transactions, and these are what people load: each has
the account and the balances of its statement beside it.
"""

import re

from config_gen.samples.tag_names import SWIFT_NAMES, named_tag
from domain.counting import counted

Records = list[dict[str, str]]
_LINE = "61"
_INFORMATION = "86"
_MESSAGE = re.compile(r"(?m)^(?=\{1:|:20:)")
_FIELD = re.compile(r"^:(\d\d[A-Z]?):(.*?)(?=^:\d\d[A-Z]?:|^-|\Z)", re.MULTILINE | re.DOTALL)
_PARTS = re.compile(
    r"(?P<value_date>\d{6})(?P<entry_date>\d{4})?(?P<debit_credit>[RE]?[CD])(?P<funds_code>[A-Z])?"
    r"(?P<amount>\d{1,12},\d{0,3})(?P<transaction_type>[A-Z][A-Z0-9]{3})(?P<customer_reference>[^/\n]*(?:/[^/\n]+)*)"
    r"(?://(?P<bank_reference>[^\n]*))?(?:\n(?P<details>.*))?",
    re.DOTALL,
)
"""Field 61 as the standards MT940, MT942 and MT950 lay it out."""


def swift_records(text: str) -> tuple[Records, str]:
    """Return the records, and the sentence that counts them."""
    records: Records = []
    messages = statements = 0
    for message in _MESSAGE.split(text):
        fields = [(tag, value.strip()) for tag, value in _FIELD.findall(message)]
        if not fields:
            continue
        lines = _lines(fields)
        messages += 1
        statements += bool(lines)
        head = _head(fields, with_information=not lines)
        records += [head | line for line in lines] or [head]
    said = counted(messages, "message")
    if statements:
        said += f"; {counted(len(records), 'record')}, one for each line of a statement"
    return records, said


def _head(fields: list[tuple[str, str]], *, with_information: bool) -> dict[str, str]:
    """Return what a message says once, without the lines of its statement and what belongs to these."""
    head: dict[str, str] = {}
    before = ""
    for tag, value in fields:
        is_of_line = tag == _LINE or (tag == _INFORMATION and before == _LINE)
        before = tag
        if not is_of_line and (with_information or tag != _INFORMATION):
            name = named_tag(tag, SWIFT_NAMES)
            head[name] = f"{head[name]}\n{value}" if name in head else value
    return head


def _lines(fields: list[tuple[str, str]]) -> Records:
    found: Records = []
    before = ""
    for tag, value in fields:
        if tag == _LINE:
            parts = _PARTS.fullmatch(value.replace("\r", ""))
            named = parts.groupdict(default="") if parts else {"statement_line": value}
            found.append({f"{_LINE}_{name}": part for name, part in named.items()})
        elif tag == _INFORMATION and before == _LINE:
            found[-1][named_tag(tag, SWIFT_NAMES)] = value
        before = tag
    return found
