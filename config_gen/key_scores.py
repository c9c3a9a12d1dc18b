"""How much a column, or several, look like a key: by place, name, type and how often values come again."""

from config_gen.key_columns import KeyColumn
from config_gen.types.names import says_code, says_identifier, says_label, says_number, words_of
from config_gen.types.wordlists import word_set
from domain.configuration.profiles import ColumnType

_FEWEST_MEASURED, _HARDLY_REPEATS = 20, 0.5
"""From so many rows on, a whole number that differs in more than this part of them is counted or measured."""
_ORDER_WORDS = word_set(
    """
    sequence seq line lineno linenumber position pos index number no nr step version part item row order
    zeile ligne linea riga regel linje lfd
    """
)
_REMARKS = word_set("comment comments note notes description desc summary remark remarks text")
_WEAK_WORDS = _REMARKS | word_set(
    """
    modified updated created url link photo image file title latitude longitude lat lon lng rowguid guid
    hash salt
    """
)
_ROW_WORDS = word_set(
    """
    row rows rownum rownumber record recno line lineno linenumber index idx unnamed 0 ligne zeile zeilennummer
    fila riga laufende
    """
)
_AMOUNT_WORDS = word_set(
    """
    amount amt price cost salary wage pay fee value total sum balance qty quantity weight volume revenue
    sales units population votes clicks impressions views px bid ask mid bidpx askpx notional nav turnover
    reading temperature temp humidity rh duration latency
    betrag preis gehalt lohn menge saldo umsatz prix montant salaire solde precio importe salario saldo
    prezzo importo stipendio prijs bedrag salaris kwota cena
    """
)
"""What is measured or paid differs from row to row of a sample, and does so by chance."""
_REFERRING = {
    (word,) for word in word_set("reference ref referenz référence referencia riferimento numero numéro")
}
"""Names that begin so: referenceDecision, numeroFacture."""
_FITTING = (
    ColumnType.INTEGER,
    ColumnType.STRING,
    ColumnType.DATE,
    ColumnType.DATETIME,
    ColumnType.YEAR,
    ColumnType.YEARMONTH,
)

MOMENTS = (ColumnType.DATE, ColumnType.DATETIME, ColumnType.YEARMONTH)
_COUNTING = word_set("total sum count avg average mean cumulative new of")


def single_score(column: KeyColumn, file_name: str, rows: int) -> float:
    """Return how much a column that tells all rows apart looks like their key; 2 and more leaves no doubt."""
    words = words_of(column.name)
    score = 1.0 + (1.15 if column.position == 0 else 0.35 / column.position)
    if column.type not in _FITTING:
        score -= 1.2
    if says_identifier(column.name):
        score += 0.55
    elif says_number(column.name) or words[:1] in _REFERRING:
        score += 0.35
    if _counts_the_rows(column, words):
        score -= 1.3
    if (column.position and says_amount(column.name)) or column.meaning == "postal_code":
        score -= 0.9
    if words in (("id",), ("key",), ("code",), ("uuid",), ("identifier",)):
        score += 0.6
    if _named_after_file(words, file_name):
        score += 0.7
    if set(words) & _WEAK_WORDS or (says_label(column.name) and column.position):
        score -= 0.7
    if column.meaning == "uuid" and column.position and not says_identifier(column.name):
        score -= 0.6
    if column.type in (ColumnType.DATETIME, ColumnType.TIME):
        score -= 0.5
    if column.mean_length > 40:
        score -= 0.8
    if "." in column.name and column.position:
        score -= 0.3  # what is nested tells its own object apart, seldom the record
    return score - (0.2 if rows < 4 and column.position else 0.0)


def _counts_the_rows(column: KeyColumn, words: tuple[str, ...]) -> bool:
    """Tell whether a column only numbers the rows of its file: the next file begins at one again."""
    if not words or not set(words) <= _ROW_WORDS or column.type is not ColumnType.INTEGER:
        return False
    first = column.values[0].strip()
    return first in ("0", "1") and all(
        value.strip() == str(number) for number, value in enumerate(column.values, int(first))
    )


def _named_after_file(words: tuple[str, ...], file_name: str) -> bool:
    """Tell whether a column like trip_id belongs to a file like trips.txt."""
    if len(words) < 2 or words[-1] not in ("id", "key", "code", "no", "number", "uuid"):
        return False
    stem = {word.removesuffix("s") for word in words_of(file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0])}
    own = [word.removesuffix("s") for word in words[:-1]]
    return bool(own) and all(word in stem for word in own)


def composite_score(key: tuple[KeyColumn, ...]) -> float:
    """Return how much columns that tell all rows apart together look like a key."""
    score = 1.6 - 0.25 * (len(key) - 2)
    score += 0.5 if key[0].position == 0 else -0.1 * key[0].position
    for column in key:
        words = set(words_of(column.name))
        if says_label(column.name):
            score -= 0.25  # what a thing is called changes sooner than its code
        if column.type is ColumnType.DECIMAL or (
            column.type is ColumnType.INTEGER and says_amount(column.name)
        ):
            score -= 0.45
        elif column.type is ColumnType.TIME:
            score -= 0.3
        if is_numbering(column) or column.meaning in (
            "currency_code",
            "country_alpha2",
            "language_code",
        ):
            score += 0.2
        if words & _ORDER_WORDS:
            score += 0.3
        if column.type in (ColumnType.DATE, ColumnType.DATETIME):
            score += -0.1 if words & {"end", "modified", "updated", "to", "due"} else 0.05
    places = [column for column in key if says_order(column.name)]
    if any(is_numbering(column) for column in key if column not in places[-1:]) and places:
        score += 0.4  # a line belongs to the document of that number, and only by chance to its day
    spread = key[-1].position - key[0].position - (len(key) - 1)
    return score - 0.08 * spread


def names_rows(column: KeyColumn) -> bool:
    """Tell whether a column holds what people call a row by: an invoice's number, not how many there are."""
    words = words_of(column.name)
    if column.type in MOMENTS or set(words) & _COUNTING:
        return False
    numbered = says_number(column.name) and (column.type is ColumnType.STRING or len(words) > 1)
    return numbered or words[:1] in _REFERRING or says_code(column.name) or says_identifier(column.name)


def may_join(column: KeyColumn) -> bool:
    """Tell whether a column may be a part of a key: no long text, and no remark."""
    if column.mean_length > 40 or set(words_of(column.name)) & _WEAK_WORDS:
        return False
    return column.type in (*_FITTING, ColumnType.DECIMAL, ColumnType.TIME)


def measures(column: KeyColumn, rows: int) -> bool:
    """Tell whether a column holds amounts, or counts that hardly repeat and that no name calls a number."""
    if column.type is not ColumnType.INTEGER:
        return column.type is ColumnType.DECIMAL
    if says_amount(column.name):
        return True
    told = not column.name or tells_place(column) or says_code(column.name)
    return not told and rows >= _FEWEST_MEASURED and column.distinct > _HARDLY_REPEATS * rows


def says_amount(name: str) -> bool:
    """Tell whether a name speaks of what is measured or paid."""
    words = words_of(name)
    return bool(words) and words[-1] in _AMOUNT_WORDS


def says_remark(name: str) -> bool:
    """Tell whether a name speaks of what somebody wrote freely."""
    return bool(set(words_of(name)) & _REMARKS)


def says_order(name: str) -> bool:
    """Tell whether a name speaks of a place in an order."""
    return bool(set(words_of(name)) & _ORDER_WORDS)


def tells(column: KeyColumn) -> bool:
    """Tell whether a part of a key is more than words: a number, a code, a moment, a place in an order."""
    words = words_of(column.name)
    told = not words or column.meaning is not None or column.type is not ColumnType.STRING
    return told or tells_place(column)


def tells_place(column: KeyColumn) -> bool:
    """Tell whether a name speaks of a number or a place in an order."""
    return says_order(column.name) or is_numbering(column)


def is_numbering(column: KeyColumn) -> bool:
    """Tell whether a name calls its values identifiers or numbers of things."""
    refers = words_of(column.name)[:1] in _REFERRING
    return refers or says_identifier(column.name) or says_number(column.name)
