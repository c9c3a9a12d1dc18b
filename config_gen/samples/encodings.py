"""Tell a text file's encoding: marks first, then validity, then which decoding reads like language.

Several single-byte encodings decode any bytes. They are compared by what the letters say: words hold
one script, few symbols, and mostly small letters that are frequent in some language.
"""

import codecs
import re
from collections import Counter
from dataclasses import dataclass, replace

from config_gen.samples.alphabets import share_of_one_alphabet
from config_gen.samples.legibility import HEBREW_ENDS, cjk_score, letter_score
from config_gen.samples.mixed_text import TwoEncodings, two_encodings
from config_gen.samples.twice_encoded import twice_encoded
from domain.counting import counted

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SINGLE_BYTE = (
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
    "cp1250",
    "iso-8859-2",
    "cp1251",
    "koi8-r",
    "cp866",
    "iso-8859-5",
    "cp1253",
    "iso-8859-7",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "mac_roman",
    "cp850",
    "cp437",
    "cp874",
)
# Code pages of old DOS and Mac files turn up rarely: they need clearly better letters.
_UNLIKELY = {
    "cp866": 0.12,
    "mac_roman": 0.15,
    "cp850": 0.15,
    "cp437": 0.15,
    "koi8-r": 0.05,
    "iso-8859-5": 0.1,
    "cp874": 0.1,
}
_CUT = "The file ends in the middle of a letter: it was cut on its way, so its last record is not whole."
_FALSE_MARK = (
    "The file begins with the mark of UTF-8, but it is {}: two programs wrote it. It is read as the latter;"
    " ask the sender to leave the mark out, or to write all of it as UTF-8."
)
_INNER_MARK = (
    "{} with a byte order mark: files were put one behind the other. The marks are left"
    " out here; ask the sender to leave them out, or a load finds them in the first cell."
)
_MOST_NULS = 0.3
_MULTI_BYTE = ("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr")
_POOR_CJK = -0.15
_SCAN = 400_000
_FEW_LETTERS = 5
_STRANGERS = 0.8
"""Weight of letters that no language has beside the others of the text."""
_ENDS_INSIDE = re.compile(b"[%b][\xe0-\xfa]" % "".join(sorted(HEBREW_ENDS)).encode("cp1255"))
_DECLARED = re.compile(rb"\s*<\?xml[^>]{1,200}?encoding=[\"']([\w.-]{2,40})[\"']")


@dataclass(frozen=True)
class EncodingGuess:
    """The Python codec, the sentence that says why, and what people should look at, empty for nothing.

    `odd_lines`, from 1, are not in it but in `odd_codec`: a file that was glued together. `alike` are other
    codecs that read the same text.
    """

    codec: str
    evidence: str
    warning: str = ""
    odd_lines: tuple[int, ...] = ()
    odd_codec: str = ""
    alike: tuple[str, ...] = ()


def detect_encoding(head: bytes, complete: bool) -> EncodingGuess | None:
    """Return the encoding of the text, or None when the bytes are no text.

    Args:
        head: The first bytes of the file.
        complete: Whether `head` is the whole file; if not, a cut last character is forgiven.
    """
    for mark, codec in _BOMS:
        if head.startswith(mark) and not (codec == "utf-16" and head[:4] == codecs.BOM_UTF32_LE):
            return _below_mark(head, codec, mark, complete)
    wide = _wide_without_mark(head)
    if wide is not None:
        return wide
    if head.count(0) > _MOST_NULS * len(head):
        return None
    if complete and _breaks_off(head):
        return EncodingGuess("utf-8", "all of it is valid UTF-8, but the last letter is cut", _CUT)
    if _decodes(head, "utf-8", complete):
        if head.isascii():
            return EncodingGuess("utf-8", "only ASCII characters", alike=(*_SINGLE_BYTE, *_MULTI_BYTE))
        twice = twice_encoded(head.decode("utf-8", "ignore"))
        return EncodingGuess("utf-8", "all of it is valid UTF-8", twice)
    declared = _DECLARED.match(head)
    if declared and _is_codec(name := declared[1].decode().lower()) and _decodes(head, name, complete):
        return EncodingGuess(name, "the XML declaration says so, and all of it can be read so")
    if not _looks_like_text(head):
        return None
    two = two_encodings(head, complete)
    if two is not None and not _reads_as_cjk(head, complete):
        return _of_two(two)
    return _nearly_utf8(head, complete) or _best_legacy(head, complete)


def decoded(head: bytes, guess: EncodingGuess) -> tuple[str, EncodingGuess]:
    """Return the text without byte order marks, and the guess with the word that some stand inside.

    Whatever the encoding, the mark of UTF-8 is no letter of the first name, nor of the first cell of a line.
    """
    text = head.removeprefix(codecs.BOM_UTF8).decode(guess.codec, "replace").removeprefix("\ufeff")
    inner = text.count("\n\ufeff")
    if not inner:
        return text, guess
    return text.replace("\n\ufeff", "\n"), replace(
        guess,
        warning=guess.warning
        or _INNER_MARK.format(counted(inner, "line inside the file begins", "lines inside the file begin")),
    )


def _below_mark(head: bytes, codec: str, mark: bytes, complete: bool) -> EncodingGuess:
    """Return the encoding that a mark promises, or the one of the text below where it breaks the promise."""
    said = EncodingGuess(codec, "the file starts with a byte order mark")
    if mark != codecs.BOM_UTF8 or _decodes(head, codec, complete):
        return said
    rest = head.removeprefix(mark)
    below = None if rest.startswith(mark) else detect_encoding(rest, complete)
    if below is None:
        return said
    if below.codec == "utf-8":
        return replace(below, codec=codec)
    return replace(below, warning=_FALSE_MARK.format(below.codec))


def _breaks_off(head: bytes) -> bool:
    """Tell whether a file is UTF-8 up to its last letter, of which only the first bytes are there.

    In a legacy encoding a text may end in such a byte; so others are wanted, or one that ends no word there.
    """
    if not _decodes(head, "utf-8", complete=False) or _decodes(head, "utf-8", complete=True):
        return False
    whole = head.decode("utf-8", "ignore")
    return not whole.isascii() or head[-1:] in (b"\xc2", b"\xc3")


def _of_two(two: TwoEncodings) -> EncodingGuess:
    """Return the encoding of most lines, with the others named."""
    other = _best_legacy(two.other_bytes, complete=True).codec
    other = "cp1252" if other == "utf-8" else other
    lines = counted(len(two.as_utf8), "line reads as UTF-8", "lines read as UTF-8")
    evidence = f"two encodings in one file: {lines} and {len(two.otherwise):,} only as {other}"
    if len(two.as_utf8) >= len(two.otherwise):
        return EncodingGuess("utf-8", evidence, odd_lines=two.otherwise, odd_codec=other)
    return EncodingGuess(other, evidence, odd_lines=two.as_utf8, odd_codec="utf-8")


def _wide_without_mark(head: bytes) -> EncodingGuess | None:
    sample = head[:4096]
    if len(sample) < 8 or 0 not in sample:
        return None
    quarters = [sample[n::4].count(0) / len(sample[n::4]) for n in range(4)]
    if min(quarters[1:]) > 0.6 and quarters[0] < 0.3:
        return EncodingGuess("utf-32-le", "three of four bytes are zero, as in UTF-32")
    if min(quarters[:3]) > 0.6 and quarters[3] < 0.3:
        return EncodingGuess("utf-32-be", "three of four bytes are zero, as in UTF-32")
    even, odd = sample[0::2].count(0) / len(sample[0::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.4 and even < 0.1 and _decodes(sample, "utf-16-le", complete=False):
        return EncodingGuess("utf-16-le", "every second byte is zero, as in UTF-16")
    if even > 0.4 and odd < 0.1 and _decodes(sample, "utf-16-be", complete=False):
        return EncodingGuess("utf-16-be", "every second byte is zero, as in UTF-16")
    return None


def _is_codec(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False


def _decodes(data: bytes, codec: str, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(data, complete)
    except UnicodeDecodeError:
        return False
    return True


def _looks_like_text(head: bytes) -> bool:
    sample = head[:65536]
    controls = sum(sample.count(bytes([code])) for code in range(32) if code not in (9, 10, 12, 13, 26, 27))
    return controls <= 0.01 * len(sample) + 2


def _best_legacy(head: bytes, complete: bool) -> EncodingGuess:
    sample = _around_high_bytes(head)
    best, best_score = "iso-8859-1", -1e9
    for codec in _MULTI_BYTE:
        if _decodes(head[:_SCAN], codec, complete and len(head) <= _SCAN):
            score = cjk_score(sample.decode(codec, "ignore"), codec)
            if score > best_score:
                best, best_score = codec, score
    for order, codec in enumerate(_SINGLE_BYTE):
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        score = letter_score(text) - 0.002 * order - _UNLIKELY.get(codec, 0.0)
        score -= _STRANGERS * (1 - share_of_one_alphabet(text))
        if score > best_score:
            best, best_score = codec, score
    if best not in _MULTI_BYTE and _is_hebrew(sample):
        best = "cp1255"
    if best_score < -0.3:
        return EncodingGuess("iso-8859-1", "no encoding reads well, and it is not UTF-8")
    said = f"not valid UTF-8; of all encodings, {best} reads most like language"
    return EncodingGuess(best, said, alike=_alike(head, best) if complete else ())


def _alike(head: bytes, codec: str) -> tuple[str, ...]:
    """Return the other single-byte encodings that read the same text: a few letters stand alike in many."""
    letters = bytes(sorted(set(head) - set(range(128))))
    read = letters.decode(codec, "replace") if codec in _SINGLE_BYTE else None
    others = (other for other in _SINGLE_BYTE if other != codec)
    return tuple(other for other in others if letters.decode(other, "replace") == read)


def _reads_as_cjk(head: bytes, complete: bool) -> bool:
    """Tell whether all of it reads in an East Asian encoding: some lines are valid UTF-8 by chance."""
    sample = _around_high_bytes(head)
    return any(
        _decodes(head[:_SCAN], codec, complete and len(head) <= _SCAN)
        and cjk_score(sample.decode(codec, "ignore"), codec) > _POOR_CJK
        for codec in _MULTI_BYTE
    )


def _is_hebrew(sample: bytes) -> bool:
    """Tell Hebrew by what stands in its places in Cyrillic: no capitals, few vowels, rare letters."""
    runs = set(re.findall(rb"[\x80-\xff]+", sample))  # a flag in every row tells no more than once
    high = b"".join(runs)
    if len(high) < max(8, 2.2 * len(runs)) or not all(0xE0 <= byte <= 0xFA for byte in high):
        return False
    if _ENDS_INSIDE.search(b" ".join(runs)):
        return False
    letters = Counter(high.decode("cp1251"))
    vowels, rare = (sum(letters[char] for char in some) for some in ("аеиоу", "йцчшщъф"))
    return vowels < 0.33 * len(high) or (vowels < 0.45 * len(high) and rare > 0.2 * len(high))


def _nearly_utf8(head: bytes, complete: bool) -> EncodingGuess | None:
    """Return UTF-8 when nearly all beyond ASCII is: no other text holds such sequences by chance.

    Some lines come from elsewhere. A single-byte encoding would decode them all, and garble the others.
    """
    text = head.decode("utf-8", "replace")
    garbled = text.count("\ufffd")
    valid = sum(1 for char in text if ord(char) > 127) - garbled
    if valid < _FEW_LETTERS or garbled > 0.1 * (valid + garbled):
        return None
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if "\ufffd" in line]
    some = (
        f"line {lines[0]:,} is" if len(lines) == 1 else f"{len(lines):,} lines from line {lines[0]:,} on are"
    )
    some = some if complete else "some lines are"
    return EncodingGuess(
        "utf-8",
        f"{valid:,} of {valid + garbled:,} signs beyond ASCII are valid UTF-8",
        f"Two encodings are mixed: the file is UTF-8, and {some} not. What can't be read stands as \ufffd;"
        " ask the sender to write all of it as UTF-8.",
    )


def _around_high_bytes(head: bytes) -> bytes:
    """Keep the words that hold non-ASCII bytes, so that the score is about them."""
    words = re.findall(rb"[^\s,;|\t\"]*[\x80-\xff][^\s,;|\t\"]*", head[:_SCAN])
    return b" ".join(words[:4000])
