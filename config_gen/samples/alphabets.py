"""Which letters beyond ASCII the languages in Latin script have: a text is in one of them, seldom in several.

Decoded by the wrong table, a text gets letters that no single language has: é and č and ŕ in one.
"""

import re
from collections import Counter

_ALPHABETS = {
    "French": "éèàçùâêîôûëïœÿ",
    "German": "äöüß",
    "Spanish": "ñáéíóúüºª",
    "Portuguese": "ãõáéíóúâêôàçºª",
    "Italian": "àèéìòùîºª",
    "Dutch": "éëïèöüó",
    "Swedish and Finnish": "åäöé",
    "Danish and Norwegian": "æøåéòô",
    "Icelandic": "áéíóúýþæöð",
    "Catalan": "àéèíïóòúüç",
    "Polish": "ąćęłńóśźż",
    "Czech and Slovak": "áčďéěíňóřšťúůýžľĺŕôä",
    "Hungarian": "áéíóöőúüű",
    "Romanian": "ăâîşţșț",
    "Croatian and Slovene": "čćđšž",
    "Turkish": "çğıöşüâîû",
    "Lithuanian": "ąčęėįšųūž",
    "Latvian": "āčēģīķļņšūž",
    "Estonian": "äõŏöüšž",
}


_MICRO = "\u00b5"
"""A sign of units such as µm, in no language a letter."""
_NO_PORTUGUESE = re.compile("õ(?!e)")
"""Portuguese writes õ before e alone, as in ões; elsewhere it is Estonian, or Hungarian by a wrong table."""


def share_of_one_alphabet(text: str) -> float:
    """Return which part of the text's letters beyond ASCII the best fitting language has.

    Letters of other scripts, and signs, are nobody's strangers: without a Latin letter beyond ASCII it is 1.
    """
    told = _NO_PORTUGUESE.sub("ŏ", text.lower())
    letters = Counter(
        char for char in told if "\u00aa" <= char <= "\u024f" and char.isalpha() and char != _MICRO
    )
    total = letters.total()
    if not total:
        return 1.0
    return max(sum(letters[char] for char in alphabet) for alphabet in _ALPHABETS.values()) / total
