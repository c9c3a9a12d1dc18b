"""What a column's name says about its values: split into words, in several languages."""

import re
from functools import lru_cache

from config_gen.types.numberings import CODE_PARTS, CODE_SHAPE, CODE_WORDS, NUMBERINGS
from config_gen.types.wordlists import word_set

_FLAG_FIRST = word_set(
    """
    is has had was can should allow allows enable enabled est
    """
)
_FLAG_WORDS = word_set(
    """
    bool boolean active inactive enabled disabled deleted valid gratuit payant ouvert couvert
    couverture surveillance lumiere public private yn optin consent verified approved
    aktiv aktivt aktiivinen inaktiv gesperrt gültig gelöscht actif active inactif valide supprimé activo
    inactivo válido valido borrado ativo inativo attivo inattivo bloccato actief geldig geblokkeerd aktywny
    aktywna czynny ważny aktivní platný aktív érvényes activ aktif pasif geçerli активен активна активный
    активная удален удалён ενεργός نشط פעיל
    """
)
_HOUSE = frozenset(("adresse", "address", "house", "street", "voie", "rue", "building", "civic"))
_HOUSE_NUMBER = frozenset(("numero", "num", "number", "no", "nr", "hausnummer"))
_NATION = frozenset(("national", "tax", "fiscal", "citizen", "social", "patient", "student", "member"))
_IDENTITY = frozenset(("id", "number", "idnumber", "identity", "identifier", "no", "nr"))
CODE_WORD = frozenset(["code", "codes", "cod", "codice", "codigo", "kod", "kode", "koodi", "cve", "clave"])
# A name that ends in one of these measures or counts, whatever stands before: phone calls, lot area.
_MEASURES = word_set(
    """
    count counts total sum num number qty quantity amount amt size length width height depth population nb
    anzahl age year years month months day days week weeks hour hours minute minutes min second seconds rank
    order sequence seq position index price value score scores point points level balance area fee fees
    limit cost costs charge charges rate usage users visits calls customers holders members sales revenue
    income budget frontage weight volume density growth change ratio share percent percentage pct avg
    average mean median max std duration distance time ms pop saldo betrag montant importe valor monto
    """
)
_LABELS = frozenset(("lot", "batch", "category", "mobile", "card"))
_NUMBERED = frozenset(("number", "no", "num", "nr", "nummer", "numero"))
_NUMBERED_ENDS = ("nummer", "nr", "numero", "number")
"""German and its neighbours write it in one word: Belegnummer, kundenr, asiakasnumero."""
_OFF_UTC = re.compile(r"(?:utc|gmt) ?[-+\N{MINUS SIGN}] ?(?!0?0(?:\D?00)?\b)\d", re.IGNORECASE)
_OF_A_CONVENTION = frozenset(("create", "created", "modify", "modified", "update", "updated"))
_IDENTIFYING = frozenset(("number", "no", "num", "id", "nr", "nummer", "numero"))


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """Return the name's words in lower case: `homePhone_No` gives home, phone, no."""
    spaced = re.sub(r"([a-zà-ÿ0-9])([A-Z])", r"\1 \2", re.sub(r"#(?![^\W_])", " no", name))
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", spaced)
    return tuple(re.findall(r"[^\W\d_]+|\d+", spaced.lower()))


def says_flag(name: str) -> bool:
    """Tell whether the name announces a yes or no."""
    words = words_of(name)
    return bool(words) and (words[0] in _FLAG_FIRST or bool(_FLAG_WORDS & set(words)))


_DATE_WORDS = frozenset(("date", "datum", "fecha", "data", "dt", "day", "jour", "dato", "tarih"))


def says_date_only(name: str) -> bool:
    """Tell whether the name speaks of a date and not of a time."""
    words = set(words_of(name))
    return bool(
        words & _DATE_WORDS or any(word.endswith(("date", "datum")) for word in words)
    ) and not words & {
        "time",
        "datetime",
        "timestamp",
        "ts",
        "at",
        "hour",
        "modified",
        "updated",
        "created",
    }


_MONTH_WORDS = word_set(
    """
    month months yearmonth yyyymm ym period periode période periodo período monat mois mes mese maand mês
    miesiąc månad måned месяц период
    """
)
_OF_BOOKS = frozenset(("fiscal", "posting", "accounting", "ledger", "gl"))
"""Whose year has a thirteenth period, which the sample need not show."""
_NAMED_BY = frozenset(("id", "key", "code", "no", "nr", "num", "number", "ref"))


def says_month(name: str) -> bool:
    """Tell whether the name speaks of a month itself, and not of what was counted in one: `month_id`."""
    words = words_of(name)
    while words and words[-1] in _NAMED_BY:
        words = words[:-1]
    return bool(words) and words[-1] in _MONTH_WORDS and not _OF_BOOKS & set(words)


_MOMENT_WORDS = word_set(
    """
    ts timestamp time epoch datetime moment at created updated modified seen expires expiry logged received
    sent ended started begun event date zeit zeitstempel zeitpunkt horodatage heure hora fecha momento orario
    tijd tijdstip tidspunkt czas zaman время
    """
)


def says_moment(name: str) -> bool:
    """Tell whether the name speaks of a point in time."""
    return bool(_MOMENT_WORDS & set(words_of(name)))


def says_utc(name: str) -> bool:
    """Tell whether the name says that its clock stands in UTC: `Created (UTC)`, `ts_utc`; not `Time (UTC+1)`.

    `gmt_create` and `gmt_modified` are names of a convention, and hold what the server's clock shows.
    """
    words = words_of(name)
    told = bool({"utc", "gmt"} & set(words)) and not _OFF_UTC.search(name)
    return told and not (words[0] == "gmt" and words[-1] in _OF_A_CONVENTION)


def says_code(name: str) -> bool:
    """Tell whether the name announces a code: postal code, account, phone and their like."""
    words = words_of(name)
    if not words:
        return False
    if not name.isascii() and any(part in name for part in CODE_PARTS):
        return True
    found = set(words)
    if found & _HOUSE and found & _HOUSE_NUMBER:
        return True
    if found & _NATION and found & _IDENTITY and words[-1] not in ("count", "total", "amount"):
        return True
    if found & CODE_WORDS or any(CODE_SHAPE.fullmatch(word) for word in words):
        last = words[-1]
        return last in _IDENTIFYING or last in CODE_WORDS or not (last in _MEASURES or "total" in found)
    # These label things when they stand last or are numbered, and say little elsewhere: lot area, card count.
    if words[-1] in _LABELS or (len(words) > 1 and words[-2] in _LABELS and words[-1] in _NUMBERED):
        return True
    return bool(found & CODE_WORD) or words[-1].endswith(("code", "kode"))


def code_lengths(name: str) -> tuple[int, ...]:
    """Return how many digits the numbering that the name speaks of has; empty where it speaks of none.

    These names are short or mean something else as well, so only values of that length confirm them.
    """
    words = words_of(name)
    together = "".join(words)
    for word in (together, *words[-1:], *words[:1]):
        if word in NUMBERINGS and (word == together or words[-1] not in _MEASURES):
            return NUMBERINGS[word]
    return ()


def says_number(name: str) -> bool:
    """Tell whether the name announces a number by which things are called: order no, Belegnummer, klantnr."""
    words = words_of(name)
    return bool(words) and (words[-1] in _NUMBERED or words[-1].endswith(_NUMBERED_ENDS))


def says_label(name: str) -> bool:
    """Tell whether the name announces a name or title, which stays text even when made of digits."""
    words = words_of(name)
    return bool(words) and words[-1] in ("name", "nom", "label", "title", "libelle", "nombre", "bezeichnung")


def says_identifier(name: str) -> bool:
    """Tell whether the name announces an identifier."""
    words = words_of(name)
    return bool(words) and (
        words[-1] in ("id", "ids", "uuid", "guid", "key", "identifier", "ref", "reference")
        or words[0] == "id"
    )
