"""How much a decoded text reads like language: the measure by which encodings are told apart."""

import re

# Letters outside ASCII by how often European languages use them; the classes matter, not the order.
_FREQUENT = frozenset("éèàçùâêîôûäöüßñáíóúãõåøæëï")
_CENTRAL = frozenset("łśżąęćńźčšžřěýďťůňőűăâîșțşţđĺľŕôóáéíúžşğıİėįųūāēģīķļņ")
_AT_END = {"ì": 0.8, "ò": 0.7}
"""Letters that end words of Italian; elsewhere another table reads them so."""
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
    "有无是否男女客户备注付款状态类型数量名称部门张王李刘陈杨赵黄周吴徐孙林何高马"
    "山田中佐藤鈴木渡伊名古屋京都商品未済完了"
    "林陳黃張李王吳劉小姐先生女士完成訂單備註"
)

_COMMON_HANGUL = frozenset(
    "이다는을의에가고하한지사기로도어나자리아그인은시서대들있과정를해수보라일으스게부여주제전니것상오구없성원만비장마신동우안소세면조무"
    "적선공모했유산국경울명금액객번호품김박최강윤임남녀북광천중완료희영철민"
)
_USUAL_SIGN = 0.7
_NO_KANA = 0.05
"""Japanese without any kana is rare, and so is EUC-JP outside of old Unix systems."""
_COUNTERS = frozenset("年月日号时分秒元円個个名回第時號년월일원￥￡＄是否有无無男女甲乙丙丁优優良")  # noqa: RUF001  these characters stand in files
"""Stand alone between digits, as in days, or are a flag or mark; other signs of East Asia seldom do."""
_OFTEN_LEADS = {
    "gb18030": range(0xA1, 0xD8),
    "big5": range(0xA1, 0xC7),
    "euc_jp": range(0xA1, 0xD0),
    "shift_jis": range(0x81, 0x98),
}
"""First bytes of the signs in use; each of these tables keeps the rare ones in its second part."""
_ICELANDIC = frozenset("ðþÐÞ")
_APOSTROPHE = re.compile(r"[A-Za-z]’(?:[stmd](?![^\W\d_])|re|ll|ve)|[ODLdljnmsctMqu]’[A-Zaeiouyhâéèê]")  # noqa: RUF001  these characters stand in files
_IN_PLACE = {
    "’": _APOSTROPHE,  # noqa: RUF001  these characters stand in files
    "“": re.compile(r"\s“\w"),
    "„": re.compile(r"\s„\w"),
    "”": re.compile(r"[\w.!?]”\s"),
    "–": re.compile(r"\d–\d|\s–\s"),  # noqa: RUF001  these characters stand in files
    "™": re.compile(r"[A-Za-z]™\s"),
    "®": re.compile(r"[A-Za-z0-9]®\s"),
    "µ": re.compile(r"[\s\d/]µ[gmlsAFVWSHM]"),
}
"""Signs with what stands around them where people set them."""
_ELLIPSIS = 0.86
"""Behind a word; a little more than the à that old tables of DOS have in its place."""
_NEVER_BY_LETTERS = frozenset("£€¥½¼")
_NOT_BEHIND, _NOT_BEFORE = frozenset("°—«µ"), frozenset("»®™")
"""Behind and before which letters nobody sets them."""
_LAST_LATIN, _FIRST_SEMITIC = 0x36F, 0x590
HEBREW_ENDS = frozenset("\u05da\u05dd\u05df\u05e3\u05e5")
"""Letters of Hebrew in the form that stands at the end of a word."""
_SELDOM_ARABIC = frozenset("\u0621\u0622\u0624\u062b\u0630\u0638\u063a\u0640\u0626\u0632\u0636")
_THAI_TONES = frozenset("\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e30\u0e32")
_THAI_MARKS = _THAI_TONES | frozenset("\u0e31\u0e33\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a\u0e45")
_THAI_FIRST = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44")


def cjk_score(text: str, codec: str) -> float:
    """Return how well the text reads; in Korean, Chinese signs among the syllables mark a wrong guess."""
    wide = [char for char in text if ord(char) > 127]
    if len(wide) < 2:
        return -1e6
    hangul = codec == "euc_kr"
    often = _OFTEN_LEADS.get(codec)
    good = 0.0
    for char in wide:
        code = ord(char)
        if 0x3041 <= code <= 0x30FF or (char in _COMMON_CJK and not hangul):
            good += 1.3
        elif 0xAC00 <= code <= 0xD7A3:
            good += 1.3 if char in _COMMON_HANGUL else 0.8
        elif 0x4E00 <= code <= 0x9FFF:
            is_rare = often is not None and char.encode(codec, "replace")[0] not in often
            good += -0.6 if hangul else 0.1 if is_rare else _USUAL_SIGN
        elif 0x3000 <= code <= 0x303F or 0xFF00 <= code <= 0xFF5E:
            good += 0.5
        else:
            good -= 1.2  # half-width kana, private use and rare symbols mark a wrong guess
    if codec == "euc_jp" and not any("\u3041" <= char <= "\u30ff" for char in wide):
        good -= _NO_KANA * len(wide)
    runs = set(re.findall(r"[^\x00-\x7f]+", text)) - _COUNTERS
    lonely = sum(1 for run in runs if len(run) == 1) / max(1, len(runs))
    return good / len(wide) - 0.9 * lonely


def letter_score(text: str) -> float:
    """Return how well a decoded text in an alphabet reads, at most 1; 0 for one that is ASCII alone."""
    high = total = 0.0
    text = f"  {text}  "
    for position, char in enumerate(text):
        if ord(char) > 127:
            total += 1
            if char in _FINE_SYMBOLS:
                high += _symbol_score(text[position - 1 : position + 4])
            elif char.islower() and ord(char) > _LAST_LATIN and _are_capitals(text[position - 2 : position]):
                high -= 1  # capitals begin a word or fill it
            else:
                high += _char_score(char, text[position - 1], text[position + 1])
    return high / total if total else 0.0


def _are_capitals(two: str) -> bool:
    return two.isalpha() and two.isupper()


def _char_score(char: str, before: str, after: str) -> float:
    if char in _FREQUENT:
        if not (before.isalpha() or after.isalpha()):
            return 0.6 if char in "àéóú" and before == " " == after else -0.3
        if (char == "î" and not after.isalpha()) or (char == "ù" and not before.isalpha()):
            return 0.2  # ends, or begins, a word in hardly any language
        if char == "õ" and after != "e":
            return 0.8
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
    if char in _ICELANDIC and after.isalpha() and not (char.isupper() and before.islower()):
        return 0.5 if char.isupper() else 0.65
    if char in _AT_END and before.isalpha() and not after.isalpha():
        return _AT_END[char]
    if char in _CENTRAL:
        return 0.75
    if char in _RARE_WESTERN or not char.isalpha():
        return -1.0
    if char.isupper():
        return -0.8 if before.islower() else 0.55
    return 0.3


def _symbol_score(around: str) -> float:
    """Signs where people set them speak for a table as letters do; beside a letter most speak against it.

    Args:
        around: The sign with the one before it and two behind.
    """
    before, char, after = around[0], around[1], around[2]
    if char in _IN_PLACE and _IN_PLACE[char].match(around):
        return 1.0
    if char == "…" and before.isalnum() and not before.isupper() and after.isspace():
        return _ELLIPSIS
    beside = before.isalpha() or after.isalpha()
    if char in _NEVER_BY_LETTERS and beside:
        return -0.6
    if (char in _NOT_BEHIND and before.isalpha()) or (char in _NOT_BEFORE and after.isalpha()):
        return -0.6
    inside = before.isalpha() and after.isalpha()
    return -0.6 if inside and char not in "’‘·" else 0.7  # noqa: RUF001  these characters stand in files


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
