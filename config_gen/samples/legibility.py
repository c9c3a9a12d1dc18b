"""How much a decoded text reads like language: the measure by which encodings are told apart."""

import re

# Letters outside ASCII by how often European languages use them; the classes matter, not the order.
_FREQUENT = frozenset("éèàçùâêîôûäöüßñáíóúãõåøæëï")
_CENTRAL = frozenset("łśżąęćńźčšžřěýďťůňőűăâîșțşţđĺľŕôóáéíúžşğıİ")
# Names often stand in capitals, which another table reads as small letters: of both, the usual letters tell.
_OFTEN = {
    **dict.fromkeys("оеаинтсрвлкмдпуαοιετσνηυρπκμλς", 1.0),
    **dict.fromkeys("яыьгзбчйхіъїєάίόέήώύθγδω", 0.7),
    **dict.fromkeys("жшюцщэфёφχζξβψ", 0.4),
}
_CAPITAL_COSTS = 0.05
_RARE_WESTERN = frozenset("ÂÃÐÞÿ¤¦¨¸¹²³¼½¾×÷¬¯¥¶±ªºý")  # noqa: RUF001  these characters stand in files
_FINE_SYMBOLS = frozenset("°«»–—‘’“”„…€£§©®µ·ªº²³½¼\u00a0•´™¿¡×")  # noqa: RUF001  these characters stand in files
_COMMON_CJK = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长"
    "年月日市県区町村株式会社東京大阪台灣臺北電話地址姓名號碼編號日期金額數量單價價格產品名稱客戶城市国家公司"
)

_LAST_LATIN, _FIRST_SEMITIC = 0x36F, 0x590
HEBREW_ENDS = frozenset("\u05da\u05dd\u05df\u05e3\u05e5")
"""Letters of Hebrew in the form that stands at the end of a word."""
_SELDOM_ARABIC = frozenset("\u0621\u0622\u0624\u062b\u0630\u0638\u063a\u0640\u0626\u0632\u0636")
_THAI_TONES = frozenset("\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e30\u0e32")
_THAI_MARKS = _THAI_TONES | frozenset("\u0e31\u0e33\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a\u0e45")
_THAI_FIRST = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44")


def cjk_score(text: str, *, hangul: bool) -> float:
    """Return how well the text reads; in Korean, Chinese signs among the syllables mark a wrong guess."""
    wide = [char for char in text if ord(char) > 127]
    if len(wide) < 2:
        return -1e6
    good = 0.0
    for char in wide:
        code = ord(char)
        if 0x3041 <= code <= 0x30FF or (char in _COMMON_CJK and not hangul):
            good += 1.3
        elif 0xAC00 <= code <= 0xD7A3:
            good += 0.9
        elif 0x4E00 <= code <= 0x9FFF:
            good += 0.55 if not hangul else -0.6
        elif 0x3000 <= code <= 0x303F or 0xFF00 <= code <= 0xFF5E:
            good += 0.5
        else:
            good -= 1.2  # half-width kana, private use and rare symbols mark a wrong guess
    runs = re.findall(r"[^\x00-\x7f]+", text)
    lonely = sum(1 for run in runs if len(run) == 1) / max(1, len(runs))
    return good / len(wide) - 0.9 * lonely


def letter_score(text: str) -> float:
    """Return how well a decoded text in an alphabet reads, at most 1; 0 for one that is ASCII alone."""
    high = total = 0.0
    before = " "
    for position, char in enumerate(text):
        if ord(char) > 127:
            total += 1
            after = text[position + 1] if position + 1 < len(text) else " "
            high += _char_score(char, before, after)
        before = char
    return high / total if total else 0.0


def _char_score(char: str, before: str, after: str) -> float:
    if char in _FREQUENT:
        if not (before.isalpha() or after.isalpha()):
            return 0.6 if char in "àéóú" and before == " " == after else -0.3
        return 1.0 if not (before.isupper() and after.isupper()) else 0.2
    if (
        char.isalpha()
        and ord(char) > _LAST_LATIN
        and any(one.isascii() and one.isalpha() for one in (before, after))
    ):
        return -1.0  # no word changes its script
    if 0x5D0 <= ord(char) <= 0x64A:
        if ord(before) < _FIRST_SEMITIC and ord(after) < _FIRST_SEMITIC:
            return -0.8
        if char in HEBREW_ENDS:
            return -1.0 if "\u05d0" <= after <= "\u05ea" else 0.9
        return 0.9 - 0.4 * (char in _SELDOM_ARABIC)
    if "\u0e01" <= char <= "\u0e5b":
        return _thai_score(char, before, after)
    if char.lower() in _OFTEN:
        if not (before.isalpha() or after.isalpha()):
            return 0.55 if char.isupper() else -1.0  # one capital is a code, as of a sex
        broken = char.isupper() and before.islower()
        return -1.0 if broken else _OFTEN[char.lower()] - _CAPITAL_COSTS * char.isupper()
    if char in _FINE_SYMBOLS:
        inside = before.isalpha() and after.isalpha() and char not in "’‘·"  # noqa: RUF001  these characters stand in files
        return -0.6 if inside else 0.7
    if char in _CENTRAL:
        return 0.75
    if char in _RARE_WESTERN or not char.isalpha():
        return -1.0
    if char.isupper():
        return -0.8 if before.islower() else 0.55
    return 0.3


def _thai_score(char: str, before: str, after: str) -> float:
    """Marks stand on a consonant and vowels written first before one: by chance they hardly do."""
    if not (before.isalpha() or after.isalpha() or {before, after} & _THAI_MARKS):
        return -1.0
    if char in _THAI_MARKS:
        return 1.0 if _is_thai_consonant(before) or (before in _THAI_MARKS and char in _THAI_TONES) else -1.0
    if char in _THAI_FIRST:
        return 1.0 if _is_thai_consonant(after) else -1.0
    return 0.6 if _is_thai_consonant(char) else -0.5


def _is_thai_consonant(char: str) -> bool:
    return "\u0e01" <= char <= "\u0e2e"
