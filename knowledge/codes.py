"""Tell a code that a question gives from those that an article lists: rows of some are no answer for another.

A row for EUR and one for GBP say nothing of JPY, and the meaning of AC04 is not that of AC09.
"""

import re

from knowledge.prepared import Prepared
from knowledge.words import terms

_CODE = re.compile(r"(?<![\w.-])(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{2,8}(?:-[A-Z0-9]{1,8})?(?![\w.-])")
_CELL = re.compile(r"(?<=\|)[ \t*`_]*([A-Z0-9]{2,8}(?:-[A-Z0-9]{1,8})?)[ \t*`_]*(?=\|)")
_SHORTEST, _LEAST = 3, 2
_ABBREVIATIONS = """
ACL API ASAP CLI CPU CSV DLQ DNS DDL ERROR ETA FAQ FATAL FIRING FTP GPU GUI HIGH HTML HTTP HTTPS
INFO IOPS JSON JVM LAN LOW MTU NFS NTP NULL OOM OOMKILLED PDF RAID RAM REST RPC RPO RTO SDK SLA SLI
SLO SMTP SQL SSD SSH SSL SSO TCP TLS TODO TTL UDP URI URL UTC VLAN VPN WAN WARN WARNING WIFI XML
YAML CRITICAL RESOLVED
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
"""What people write in capitals of any system: no key of a row, and no name of a product."""
_TOLD_CODE = re.compile(
    r"(?i)(?:errno|error|err|code|fehler|erreur|sqlstate|exception)"
    r"[ \t#:=(\[]{1,4}(0x[0-9a-f]{4,8}|[a-z]{0,4}\d{4,8})\b"
)
_MARKED_CODE = re.compile(r"(?<![\w.-])([A-Z]{2,6}-\d{4,6})(?![\w.-])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHOUTED = 0.6
"""From this share of words in capitals on, a question is written in them, and none is a code for that."""


def codes_in(text: str) -> frozenset[str]:
    """Return words such as JPY, AC04 and E-1017."""
    read = text[:1000]
    words = re.findall(r"[^\W\d_]{2,}", read)
    is_shouted = len(words) > _LEAST and sum(map(str.isupper, words)) >= _SHOUTED * len(words)
    found = (code for code in _CODE.findall(read) if len(code) >= _SHORTEST and code not in ABBREVIATIONS)
    return frozenset(code for code in found if not is_shouted or any(map(str.isdigit, code)))


def error_codes_in(text: str) -> tuple[frozenset[str], ...]:
    """Return the words of each code that an error is given by, such as 1062, ORA-01555 and 0x80070005.

    Three digits are none: every program answers 404 and 503. Nor is a year.
    """
    read = text[:1000]
    told = [*_TOLD_CODE.findall(read), *_MARKED_CODE.findall(read)]
    return tuple(dict.fromkeys(frozenset(terms(code)) for code in told if not _YEAR.fullmatch(code)))


def lacks_a_code(one: Prepared, asked: frozenset[str]) -> bool:
    """Tell whether an article lists codes of the shape that is asked for, and none of those asked for."""
    if not asked:
        return False
    text = f"{one.article.title}\n{one.article.text}"
    listed = [code for code in _CELL.findall(text) if any(map(str.isalpha, code))]
    for shape in {_shape(code) for code in asked}:
        alike = {code for code in listed if _shape(code) == shape}
        wanted = {code for code in asked if _shape(code) == shape}
        is_there = any(re.search(rf"(?<!\w){re.escape(code)}(?!\w)", text) for code in wanted)
        if len(alike) >= _LEAST and not is_there:
            return True
    return False


def _shape(code: str) -> str:
    return re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", code))
