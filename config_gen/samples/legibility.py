"""How much a decoded text reads like language: the measure by which encodings are told apart."""

import re

# Letters outside ASCII by how often European languages use them; the classes matter, not the order.
_FREQUENT = frozenset("éèàçùâêîôûäöüßñáíóúãõåøæëï")
_CENTRAL = frozenset("łśżąęćńźčšžřěýďťůňőűăâîșțşţđĺľŕôóáéíúžşğıİ")
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфі")
_COMMON_GREEK = frozenset("αοιετσνηυρπκμλςάίόέήώύθγδωφχ")
_RARE_WESTERN = frozenset("ÂÃÐÞÿ¤¦¨¸¹²³¼½¾×÷¬¯¥¶±ªºý")  # noqa: RUF001  these characters stand in files
_FINE_SYMBOLS = frozenset("°«»–—‘’“”„…€£§©®µ·ªº²³½¼\u00a0•´™¿¡×")  # noqa: RUF001  these characters stand in files
_COMMON_CJK = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长"
    "年月日市県区町村株式会社東京大阪台灣臺北電話地址姓名號碼編號日期金額數量單價價格產品名稱客戶城市国家公司"
)


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
    if 0x5D0 <= ord(char) <= 0x64A:
        return 0.9 if ord(before) > 0x590 or ord(after) > 0x590 else -0.8
    if char in _COMMON_CYRILLIC or char in _COMMON_GREEK:
        mixed = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
        alone = not (before.isalpha() or after.isalpha())
        return -1.0 if mixed or alone else 1.0
    if char in _FINE_SYMBOLS:
        inside = before.isalpha() and after.isalpha() and char not in "’‘·"  # noqa: RUF001  these characters stand in files
        return -0.6 if inside else 0.7
    if char in _CENTRAL:
        return 0.75
    if char in _RARE_WESTERN or not char.isalpha():
        return -1.0
    if char.isupper():
        return (
            -0.8
            if before.islower()
            else 0.55
            if not (ord(char) > 0x3FF and after.isascii() and after.isalpha())
            else -1
        )
    return 0.3
