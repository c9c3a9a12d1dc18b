"""Names of months in the languages that files are written in, and the English ones that strptime reads."""

import re

from config_gen.types.wordlists import word_set

_SHORT = 5
_ENGLISH = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# One line for each month; listed are nominative and genitive, and usual short forms without their point.
_NAMES = (
    """janvier janv januar jan jänner jän enero ene gennaio gen janeiro januari januarie styczeń stycznia sty
    leden ledna января янв ocak oca tammikuu tammikuuta januára január janúar januára ianuarie""",
    """février févr fevrier fév febrero febbraio fevereiro fev februar februari luty lutego lut únor února
    февраля фев şubat şub helmikuu helmikuuta február február februára februarie""",
    """mars märz mär marzo março marco maart mrt marzec marca březen března марта мар mart maaliskuu
    maaliskuuta marec március marts martie""",
    """avril avr abril abr aprile april kwiecień kwietnia kwi duben dubna апреля апр nisan nis huhtikuu
    huhtikuuta apríl apríla április aprilie""",
    """mai mayo maggio mag maio mei maj maja květen května мая mayıs
    toukokuu toukokuuta máj mája május maí""",  # noqa: RUF001
    """juin juni junio giugno giu junho czerwiec czerwca cze červen června июня июн haziran haz kesäkuu
    kesäkuuta jún júna június iunie""",
    """juillet juil juli julio luglio lug julho lipiec lipca lip červenec července июля июл temmuz tem
    heinäkuu heinäkuuta júl júla július iulie""",
    """août aout agosto ago august augustus aug sierpień sierpnia sie srpen srpna августа авг ağustos ağu
    elokuu elokuuta augusztus augusti""",
    """septembre sept septiembre settembre set setembro september wrzesień września wrz září сентября сен
    eylül eyl syyskuu syyskuuta szeptember septembrie""",
    """octobre octubre ottobre ott outubro out oktober okt październik października paź říjen října октября
    окт ekim eki lokakuu lokakuuta október októbra octombrie""",
    """novembre noviembre novembro november listopad listopada lis listopadu ноября ноя kasım kas marraskuu
    marraskuuta novembra noiembrie""",  # noqa: RUF001
    """décembre déc decembre diciembre dic dicembre dezembro dez dezember december desember des grudzień
    grudnia gru prosinec prosince декабря дек aralık ara joulukuu joulukuuta decembra decembrie""",  # noqa: RUF001
)
_NUMBER_OF = {word: n for n, line in enumerate(_NAMES) for word in sorted(word_set(line))}
# Longest first, so that no short form wins over the name that it begins.
_SORTED = sorted(_NUMBER_OF, key=lambda word: (-len(word), word))
MONTH_WORDS = "|".join(_SORTED)
SHORT_MONTH_WORDS = "|".join(word for word in _SORTED if len(word) <= _SHORT)
_WORD = re.compile(rf"(?<![^\W\d_])({MONTH_WORDS})(?![^\W\d_])\.?", re.IGNORECASE)
_ALL_ENGLISH = frozenset(name.lower() for name in _ENGLISH) | {name[:3].lower() for name in _ENGLISH}
_EVERYDAY = word_set(
    """
    marca set out gen mag lip lug ago mars lis kas des dic tem ara gru cze sty paz eki nis
    """
)
"""Months of one language that are an everyday word of another, or what systems are called: a brand, a set."""
_ANY = sorted({*_SORTED, *_ALL_ENGLISH}, key=lambda word: (-len(word), word))
EVERYDAY_MONTH_WORDS = "|".join(word for word in _ANY if word in _EVERYDAY)
TELLING_MONTH_WORDS = "|".join(word for word in _ANY if word not in _EVERYDAY)
LONG_MONTH_WORDS = "|".join(word for word in _ANY if len(word) >= _SHORT and word not in _EVERYDAY)


def in_english(text: str, *, short: bool) -> str:
    """Return a date with its month in English, as strptime reads it; other text stays as it is."""

    def english(found: re.Match[str]) -> str:
        if found[1].lower() in _ALL_ENGLISH and not found[0].endswith("."):
            return found[0]
        name = _ENGLISH[_NUMBER_OF[found[1].lower()]]
        return name[:3] if short else name

    return _WORD.sub(english, text, count=1)
