"""Names in other scripts spelt in Latin letters, for tables that take no others.

How an official would romanise a passport matters less here than that a person who knows the language
reads the word in it. Han characters have no spelling without a dictionary, and stay as they are.
"""

import re
import unicodedata


def _table(letters: str, spelt: str) -> dict[str, str]:
    return dict(zip(letters, spelt.split(), strict=True))


_SILENT = dict.fromkeys("ъьء", "")
_LATIN = {
    **_table("абвгдежзиклмнопрст", "a b v g d e zh z i k l m n o p r s t"),
    **_table("уфхцчшщыэюя", "u f kh ts ch sh shch y e yu ya"),
    **_table("єіґђѓѕјљњћќџәғқңөұүһ", "ye i g dj gj dz j lj nj c kj dz a g k n o u u h"),
    **_table("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o"),
    **_table("აბგდევზთიკლმნოპჟრსტუფქ", "a b g d e v z t i k l m n o p zh r s t u p k"),
    **_table("ღყშჩცძწჭხჯჰ", "gh q sh ch ts dz ts ch kh j h"),
    **_table("աբգդեզէըթժիլխծկհձղճմյն", "a b g d e z e y t zh i l kh ts k h dz gh ch m y n"),
    **_table("շոչպջռսվտրցւփքօֆ", "sh o ch p j r s v t r ts v p k o f"),
    **_table("אבגדהוזחטיכךלמםנןסעפףצץקרשת", "a b g d h v z h t y k k l m m n n s a p p ts ts k r sh t"),
    **_table("ابتثجحخدذرزسشصضطظعغ", "a b t th j h kh d dh r z s sh s d t z a gh"),
    **_table("فقكلمنهويةىپچژگکی", "f q k l m n h w y a a p ch zh g k y"),
    **_SILENT,
}
_TWO_TO_ONE = (("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("γγ", "ng"))  # noqa: RUF001
_VOWEL_OF_BULGARIAN = re.compile("ъ(?![еюя])")
"""Russian writes this letter before three vowels alone, where nobody hears it; elsewhere it is one."""
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_LETTER = re.compile("[A-Za-z]")
_LONE_GREEK = re.compile("(?<![Α-Ωα-ως])[Α-Ωα-ω](?![Α-Ωα-ως])")  # noqa: RUF001
_MEASURED_IN = {"μ": "u", "ω": "ohm"}
"""What these mean beside Latin letters: `μg` is no `mg`, and `kΩ` counts ohms."""


def in_latin(text: str) -> str:
    """Return a text with the letters of other alphabets spelt in plain Latin ones, others as they are."""
    composed = unicodedata.normalize("NFC", text.replace("µ", "μ"))
    if composed.isascii():
        return composed
    spelt = "".join(map(_of_syllable, composed))
    plain = "".join(char for char in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(char))
    if _LATIN_LETTER.search(plain) or len(plain.strip()) == 1:
        plain = _LONE_GREEK.sub(_symbol, plain)
    return _WORD.sub(lambda found: _of_word(found[0]), plain)


def _of_syllable(char: str) -> str:
    """Return a Korean syllable as Unicode calls it, which is how it is spelt in Latin letters."""
    return unicodedata.name(char).rsplit(" ", 1)[1].lower() if "가" <= char <= "힣" else char


def _symbol(found: re.Match[str]) -> str:
    """Return what a Greek letter is called that stands for itself: Δt, β-carotene, μg/m3."""
    letter = found[0].lower()
    if letter in _MEASURED_IN and len(found.string.strip()) > 1:
        return _MEASURED_IN[letter]
    name = unicodedata.name(letter).rsplit(" ", 1)[1].lower().replace("lamda", "lambda")
    return f"{name}_" if found.string[found.end() : found.end() + 1].isalnum() else name


def _of_word(word: str) -> str:
    """Return one word spelt; capitals stay where they stand, because they part `ДатаСделки` in two."""
    lowered = word.lower()
    if len(lowered) != len(word):
        return word
    shouted = word.isupper() and len(word) > 1
    vowels = {found.start() for found in _VOWEL_OF_BULGARIAN.finditer(lowered)}
    parts: list[str] = []
    place = 0
    while place < len(word):
        pair = next((spelt for two, spelt in _TWO_TO_ONE if lowered.startswith(two, place)), None)
        spelt = pair or ("a" if place in vowels else _LATIN.get(lowered[place], lowered[place]))
        is_capital = word[place].isupper()
        parts.append(spelt.upper() if shouted else spelt.capitalize() if is_capital else spelt)
        place += 2 if pair else 1
    return "".join(parts)
