"""Words that stand in cells where there is no value."""

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
        withheld redacted confidential <null> нет —
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
            "non disponible",
            "non renseigné",
            "non disponibile",
            "geen gegevens",
            "brak danych",
            "нет данных",
        )
    )
)
