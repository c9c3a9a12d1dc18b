"""Tell files of mainframes by their bytes: text in EBCDIC, and such text with packed numbers between.

Nearly every byte means something else there: what ASCII has for blanks, digits, commas and line ends stands
in no EBCDIC text, and its own letters and digits lie where other encodings keep a few letters or signs.
"""

import codecs
import re

EBCDIC = "text in EBCDIC, as mainframes write it"
PACKED = "a mainframe's file, EBCDIC with packed numbers between"
INSTEAD = {
    EBCDIC: "Have it sent as text (`ascii` in FTP, `iconv -f IBM-037`), a record a line, and drop that.",
    PACKED: "Converting it as text would break the packed numbers: have them written out as digits"
    " (by its copybook), then sent as text, a record a line, and drop that.",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".encode("cp037")
_SIGNS = " .,;:|_-+/&*()='\"%$#@<>?\r\n\t\x85{}".encode("cp037")
_ELSEWHERE = b"\n\t ,0123456789"
"""In ASCII: there, these are the commands of a terminal, and a letter's accent at most."""
_FEWEST_BYTES = 32
_USUAL, _LETTERED, _STRAY = 0.9, 0.4, 0.005
_RUN = re.compile(b"[" + re.escape(_LETTERS + b"\x40") + b"]{6,}")
_IN_RUNS = 0.4
_FEWEST_KINDS = 8
_CONTROLS = bytes((0x00, *range(0x02, 0x09), *range(0x0E, 0x1A)))
"""What packed numbers begin with, and no text holds; marks by which old programs part cells are left out."""
_PACKED_BYTES = 0.002


def mainframe_kind(head: bytes) -> str | None:
    """Return what a mainframe's file is, or None where the bytes are none."""
    if len(head) < _FEWEST_BYTES or not head.translate(None, bytes(range(128))) or _is_utf8(head):
        return None
    stray = sum(map(head.count, _ELSEWHERE))
    usual = len(head) - len(head.translate(None, _LETTERS + _SIGNS))
    lettered = len(head) - len(head.translate(None, _LETTERS))
    if usual >= _USUAL * len(head) and lettered >= _LETTERED * len(head) and stray <= _STRAY * len(head):
        return EBCDIC
    runs = b"".join(_RUN.findall(head))
    kinds = set(runs) & set(_LETTERS)
    packed = len(head) - len(head.translate(None, _CONTROLS))
    if len(runs) < _IN_RUNS * len(head) or len(kinds) < _FEWEST_KINDS or packed < _PACKED_BYTES * len(head):
        return None
    return PACKED


def _is_utf8(head: bytes) -> bool:
    """Tell text in UTF-8, whose last character may be cut: letters of EBCDIC never follow one another so."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
