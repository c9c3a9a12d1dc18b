"""Tell tables of bookings, such as bank statements: their days, texts and amounts come again.

In a short statement each of these is unique by chance, and two equal payments of one day would be taken for
one. Only numbers and references tell bookings apart; a statement without any has no key.
"""

from collections.abc import Sequence

from config_gen.key_columns import KeyColumn
from config_gen.types.names import says_code, says_identifier, says_number, words_of
from config_gen.types.wordlists import word_set
from domain.configuration.profiles import ColumnType

_MOMENTS = (ColumnType.DATE, ColumnType.DATETIME)
_DAYS = word_set("date datum fecha data dato valuta wertstellung buchungstag tarih дата")
_AMOUNTS = word_set(
    """
    amount debit credit withdrawal withdrawals deposit deposits paid betrag umsatz soll haben montant débit
    crédit importe cargo abono debe haber importo dare avere bedrag kwota obciążenie uznanie belopp beløb
    beløp сумма дебет кредит tutar borç alacak částka összeg
    valor
    """
)
_TEXTS = word_set(
    """
    description descriptions narrative particulars detail details memo payee purpose text remark remarks
    beneficiary merchant counterparty partner recipient payer information
    verwendungszweck buchungstext empfänger auftraggeber
    zahlungsempfänger zahlungspflichtiger libellé libelle motif concepto descripción descripcion detalle
    causale descrizione omschrijving mededelingen tytuł opis meddelande tekst назначение описание popis
    közlemény
    """
)
_SEVERAL = word_set("statement auszug kontoauszug page seite sheet blatt")
"""What has a number and holds many bookings."""
_VARIED, _OWN = 0.25, 0.6
"""Of the rows: how many texts differ where each is of a booking, and where no list of names explains them."""


def are_bookings(columns: Sequence[KeyColumn], rows: int) -> bool:
    """Tell whether rows are bookings: each has a day, an amount and words of its own."""
    return _text_share(columns, rows) > _VARIED


def without_chance(
    keys: Sequence[tuple[float, tuple[KeyColumn, ...]]], columns: Sequence[KeyColumn], rows: int
) -> list[tuple[float, tuple[KeyColumn, ...]]]:
    """Return the scored keys of bookings without those that are unique by chance alone."""
    own = _text_share(columns, rows) > _OWN
    return [
        (score, key)
        for score, key in keys
        if any(map(_numbers, key)) and not (own and len(key) > 1 and any(map(_comes_again, key)))
    ]


def _text_share(columns: Sequence[KeyColumn], rows: int) -> float:
    """Return the part of the rows whose words differ; 0 where days or amounts are missing."""
    words = [set(words_of(column.name)) for column in columns]
    dated = any(column.type in _MOMENTS for column in columns)
    if not dated or not any(said & _AMOUNTS for said in words):
        return 0.0
    texts = [
        column.distinct / rows
        for column, said in zip(columns, words, strict=True)
        if said & _TEXTS and column.type is ColumnType.STRING
    ]
    return max(texts, default=0.0)


def _numbers(column: KeyColumn) -> bool:
    named = says_identifier(column.name) or says_number(column.name) or says_code(column.name)
    is_of_many = bool(set(words_of(column.name)) & _SEVERAL)
    return (named and not is_of_many and not _comes_again(column)) or column.meaning == "uuid"


def _comes_again(column: KeyColumn) -> bool:
    words = set(words_of(column.name))
    return column.type in _MOMENTS or bool(words & (_AMOUNTS | _TEXTS | _DAYS))
