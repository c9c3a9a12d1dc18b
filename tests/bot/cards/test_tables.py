"""How a table reads where nothing draws tables."""

from bot.cards.model import Table
from bot.cards.tables import table_lines

_LONG = "no number, date or flag fits its 1,200,000 values, of which 1,200 are different"


def test_a_table_that_fits_is_aligned() -> None:
    lines = table_lines(Table(columns=("Run", "Took"), rows=(("r1", "5 min"), ("r200", "6 min"))))

    assert lines == ["Run   Took", "────  ─────", "r1    5 min", "r200  6 min"]


def test_a_wide_table_of_few_columns_names_them_once() -> None:
    rows = (("`trade_id`", "string", _LONG), ("desk", "", _LONG))
    lines = table_lines(Table(columns=("Column", "Type", "Evidence"), rows=rows))

    assert lines == ["Column · Type · Evidence", f"• trade_id · string · {_LONG}", f"• desk · - · {_LONG}"]


def test_a_wide_table_of_many_columns_or_without_all_names_keeps_a_name_beside_each_value() -> None:
    many = table_lines(Table(columns=("a", "b", "c", "d", "e"), rows=((_LONG, "2", "", "4", "5"),)))
    unnamed = table_lines(Table(columns=("", "Passage"), rows=(("1", _LONG + _LONG),)))

    assert many == [f"• a: {_LONG} · b: 2 · d: 4 · e: 5"]
    assert unnamed == [f"• 1 · Passage: {_LONG}{_LONG}"]
