"""Words that stand in cells where there is no value."""

import re

from config_gen.types.wordlists import word_set

SURE_NULLS = frozenset(
    ("na", "n/a", "#n/a", "<na>", "null", "nan", "\\n", "(null)", "[null]", "<null>", "none", "#n/a n/a")
)
# These may be values in a column of text; beside numbers or dates they mean that there is none.
NULL_TOKENS = (
    SURE_NULLS
    | word_set(
        """
        nil - -- --- ? . .. ... #null! missing n.a. n/d n.d. nd unknown #value! #div/0! #ref! #num! * ** *** x
        : tbd tba k.a. k.a n.v.t. nvt n.b. s/d s.d. n.c. nc n.r. unbekannt inconnu desconocido desconhecido
        sconosciuto onbekend okänd ukjent ukendt brak undefined blank (blank) empty (empty) nodata suppressed
        withheld redacted confidential <null> нет — n.v. nv n/v n/i entfällt saknas mangler puuttuu neuvedeno
        nieznany неизвестно なし 無し 不明 未定 无 無 未知 暂无 없음 미정
        """
    )
    | frozenset(
        (
            "not available",
            "not applicable",
            "not reported",
            "no data",
            "no value",
            "sin datos",
            "sin dato",
            "sem dados",
            "keine angabe",
            "keine angaben",
            "k. a.",
            "n. v.",
            "nicht verfügbar",
            "nicht bekannt",
            "sans objet",
            "no aplica",
            "no disponible",
            "não informado",
            "não se aplica",
            "non applicabile",
            "niet bekend",
            "не указано",
            "non disponible",
            "non renseigné",
            "non disponibile",
            "geen gegevens",
            "brak danych",
            "нет данных",
        )
    )
)
_OF_A_SPREADSHEET = re.compile(
    r"#(?:[^\W_][\w/ .]{1,20}[!?]|[¡¿][\w/]{2,20}[!?]"
    r"|(?:n/?[abdv]|nv|i/t|yok|н/д|hiányzik|není_k_dispozici|#+))",
    re.IGNORECASE,
)
"""Its errors in all languages, such as #N/A, #WERT! and #¿NOMBRE?, and #### where a cell is too narrow."""
_IN_BRACKETS = re.compile(
    r"[<(\[](?:leer|vide|vacío|vazio|vuoto|leeg|none|missing|no value|puste|пусто|空)[>)\]]", re.IGNORECASE
)
_NO_DAY = re.compile(
    r"0000([-/.]?)00\1?00(?:[T ]?00:?00(?::?00(?:\.0+)?)?)?|00([-/])00\2(?:00)?00|00\.00\.0000"
)
_BEGINS = frozenset("#<([")


def means_missing(text: str) -> bool:
    """Tell whether a cell's text says that there is no value, at least beside numbers and moments."""
    if text.lower() in NULL_TOKENS:
        return True
    return text[:1] in _BEGINS and any(form.fullmatch(text) for form in (_OF_A_SPREADSHEET, _IN_BRACKETS))


def is_surely_missing(text: str) -> bool:
    """Tell whether it says so whatever stands beside it."""
    return text.lower() in SURE_NULLS or _OF_A_SPREADSHEET.fullmatch(text) is not None


def is_no_day(text: str) -> bool:
    """Tell a day of zeros, such as 0000-00-00 and 00000000, which no calendar has: a database had none."""
    return _NO_DAY.fullmatch(text) is not None
