"""Numbers that people write with a unit, with signs of their own, or in the digits of another script."""
# ruff: noqa: RUF001  these characters stand in files

import time
from decimal import Decimal

import pandas as pd
import pytest

from config_gen.assembly import assemble
from config_gen.casting import Unreadable, plainly_written, read_value
from config_gen.drift import compare
from config_gen.evolution import evolved
from config_gen.profile import profile
from config_gen.templates.choice import choose
from domain.configuration.feed_config import FeedConfig
from domain.configuration.onboarding import OnboardingAnswers
from domain.configuration.profiles import ColumnProfile, ColumnType, SampleProfile
from domain.ids import feed_name
from runtime.wiring.comparing.typed_cells import typed
from telemetry.declared import Spelling

_PLACES = range(1, 9)


def _seen(values: list[str], name: str = "paid") -> SampleProfile:
    lines = "".join(f"P-{n:03d};{value}\n" for n, value in enumerate(values))
    return profile(f"ref;{name}\n{lines}".encode(), "payments.csv")


def _second(values: list[str], name: str = "paid") -> ColumnProfile:
    return _seen(values, name).columns[1]


def _configured(seen: SampleProfile) -> FeedConfig:
    answers = OnboardingAnswers(feed=feed_name("payments"), owner_team="data", channel="#data")
    return assemble(seen, answers, choose(seen))


@pytest.mark.parametrize(
    ("form", "affix", "unit", "landed"),
    [
        ("{n}3.4 °C", "°C", "°C", "33.4"),
        ("-{n},50 €", "€", "EUR", "-3.50"),
        ("${n}.50", "$", None, "3.50"),
        ("-£ {n}.50", "£", "GBP", "-3.50"),
        ("$-1,00{n}.50", "$", None, "-1003.50"),
        ("(${n}1.50)", "$", None, "-31.50"),
        ("USD {n},000.25", "USD", "USD", "3000.25"),
        ("{n} 000,25 zł", "zł", "PLN", "3000.25"),
        ("{n}.5 %", "%", "percent", "3.5"),
        ("1.23{n},50- EUR", "EUR", "EUR", "-1233.50"),
    ],
)
def test_one_unit_beside_every_number_is_left_out_and_told(
    form: str, affix: str, unit: str | None, landed: str
) -> None:
    values = [form.format(n=n) for n in _PLACES]

    seen = _seen(values)
    column = _configured(seen).columns[1]

    assert (seen.columns[1].type, seen.columns[1].affix) == (ColumnType.DECIMAL, affix)
    assert (column.affix, column.unit) == (affix, unit)
    assert read_value(column, values[2]) == Decimal(landed)


@pytest.mark.parametrize(
    "values",
    [
        [f"{n} {'kg' if n % 2 else 'lb'}" for n in _PLACES],  # two units
        [f"{n}A" for n in _PLACES],  # seats
        [f"100{n} N" for n in _PLACES],  # one letter
        [f"EUR{n}0" for n in _PLACES],  # a code that begins with a currency
        [f"00{n} EUR" for n in _PLACES],  # codes with zeros
        [f"TOP {n}" for n in _PLACES],
        [f"{n} apples" for n in _PLACES],
        ["$", "€", "%", "5", "6", "7"],
        [f"{n}x{n} cm" for n in _PLACES],
    ],
)
def test_what_may_be_a_code_or_has_several_units_stays_text(values: list[str]) -> None:
    assert _second(values).type is ColumnType.STRING


def test_a_missing_value_and_a_bare_zero_stand_among_amounts() -> None:
    column = _second(["€ 5.10", "n/a", "0", "€ 7.25", "-€ 3.00", "€ 1.00", "€ 2.00"])

    assert (column.type, column.affix, column.null_values) == (ColumnType.DECIMAL, "€", ("n/a",))


def test_other_currencies_than_agreed_are_drift() -> None:
    was, now = (_seen([f"{n},50 {sign}" for n in _PLACES]) for sign in ("€", "$"))

    told = [change.say for change in compare(was, now).changes]

    assert "The text beside the numbers of paid changed from € to $." in told


def test_bounds_of_amounts_are_plain_numbers() -> None:
    column = _configured(_seen([f"{n}.000,50 €" for n in range(1, 40)])).columns[1]

    assert read_value(plainly_written(column), column.maximum or "") >= Decimal("39000.5")


@pytest.mark.parametrize(
    ("form", "landed"), [("{n}23,45-", "-323.45"), ("({n}23.45)", "-323.45"), ("{n}.123,45-", "-3123.45")]
)
def test_amounts_that_are_all_negative_are_numbers(form: str, landed: str) -> None:
    values = [form.format(n=n) for n in _PLACES]

    column = _configured(_seen(values)).columns[1]

    assert read_value(column, values[2]) == Decimal(landed)


@pytest.mark.parametrize("form", ["({n})", "{n}0-", "({n}.1)", "(0{n}.02.26)", "{n}-"])
def test_references_and_open_ranges_stay_text(form: str) -> None:
    assert _second([form.format(n=n) for n in _PLACES]).type is ColumnType.STRING


@pytest.mark.parametrize(
    ("text", "kind", "landed"),
    [
        ("٣٢٫٥٠", ColumnType.DECIMAL, "32.5"),
        ("۵٬۷۸۹٬۱۸۰", ColumnType.INTEGER, "5789180"),
        ("०४-०५-२०२६", ColumnType.DATE, "2026-05-04"),
        ("１２３", ColumnType.INTEGER, "123"),  # full-width, as some exports write them
    ],
)
def test_digits_of_other_scripts_are_read(text: str, kind: ColumnType, landed: str) -> None:
    seen = _seen([text] * 8)

    assert seen.columns[1].type is kind
    assert str(read_value(_configured(seen).columns[1], text)).rstrip("0") == landed.rstrip("0")


def test_a_code_in_other_digits_keeps_its_zeros() -> None:
    assert _second([f"٠٠{digit}" for digit in "١٢٣٤٥٦٧٨"]).type is ColumnType.STRING


def test_compared_cells_lose_their_unit_and_their_digits_as_the_load_reads_them() -> None:
    seen = _seen([f"٣٢{digit}٫٥٠ €" for digit in "١٢٣٤٥٦٧٨"])

    cells = typed(pd.Series(["٣٢١٫٥٠ €", "7.25", "-€ 3"]), _configured(seen).columns[1])

    assert list(cells) == [321.5, 7.25, -3.0]


def test_a_total_in_a_trailer_may_have_the_unit_of_its_column() -> None:
    spelling = Spelling({"paid": ("paid",)}, decimal_char=",", group_char=".", affix="€")

    assert spelling.number("1.234,50\u00a0€") == Decimal("1234.50")


@pytest.mark.parametrize(
    ("name", "form"), [("course code", "COP 350{n}"), ("policy no", "ZAR 10003{n}"), ("id", "SEK 7{n}")]
)
def test_whole_numbers_beside_letters_are_codes_where_the_name_says_so(name: str, form: str) -> None:
    assert _second([form.format(n=n) for n in _PLACES], name).type is ColumnType.STRING
    assert _second([form.format(n=n) for n in _PLACES], "paid").type is ColumnType.INTEGER


@pytest.mark.parametrize(
    ("text", "affix", "negative", "number"),
    [
        ("-€ 12,50", "€", "", "-12.50"),
        ("€\u221212,50", "€", "", "-12.50"),
        ("12,50- EUR", "EUR", "trailing", "-12.50"),
        ("(12,50 €)", "€", "parentheses", "-12.50"),
        ("12,50-", "", "trailing", "-12.50"),
        ("1.234,50", "", "", "1234.50"),
    ],
)
def test_a_summed_amount_has_its_sign_on_either_side_of_its_unit(
    text: str, affix: str, negative: str, number: str
) -> None:
    spelling = Spelling({}, decimal_char=",", group_char=".", affix=affix, negative=negative)

    assert spelling.number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["12-", "(12)", "--12", "12 €"])
def test_what_a_column_does_not_write_so_is_no_number_of_it(text: str) -> None:
    assert Spelling({}).number(text) is None


def test_a_profile_that_kept_units_as_text_is_no_drift() -> None:
    now = _seen([f"{n},50 €" for n in _PLACES])
    as_it_was = {"type": ColumnType.STRING, "affix": None, "decimal_char": None, "minimum": None}
    paid = now.columns[1].model_copy(
        update={**as_it_was, "maximum": None, "evidence": "kept as text with its unit"}
    )

    was = now.model_copy(update={"columns": (now.columns[0], paid)})

    assert compare(was, now).changes == ()


def test_a_unit_that_no_longer_holds_goes_with_its_sign() -> None:
    was, now = (_seen([f"{n},50 {sign}" for n in _PLACES]) for sign in ("€", "$"))

    column = evolved(_configured(was), now, compare(was, now)).columns[1]

    assert (column.affix, column.unit) == ("$", None)


def test_a_number_in_digits_of_two_scripts_is_none() -> None:
    column = _configured(_seen([f"12{n}" for n in _PLACES])).columns[1]

    assert read_value(column, "৪২") == 42
    with pytest.raises(Unreadable):
        read_value(column, "1৪0")


@pytest.mark.parametrize("sign", ["%", "‰"])
def test_a_share_without_its_sign_is_not_read_as_a_hundredth_of_itself(sign: str) -> None:
    column = _configured(_seen([f"{n}5,5 {sign}" for n in _PLACES])).columns[1]

    assert (read_value(column, f"45,5 {sign}"), read_value(column, "0")) == (Decimal("45.5"), 0)
    with pytest.raises(Unreadable, match="lacks"):
        read_value(column, "0,455")


def test_a_cell_of_thousands_of_points_takes_no_time_to_be_no_number() -> None:
    begun = time.perf_counter()

    assert _second([f"{'1.' * 10_000}{n}x" for n in _PLACES]).type is ColumnType.STRING
    assert time.perf_counter() - begun < 2.0


@pytest.mark.parametrize(("mark", "unit"), [("￥{n}.10", None), ("￡{n}.50", "GBP"), ("＄ {n}.25", None)])
def test_wide_signs_of_currencies_are_signs_too(mark: str, unit: str | None) -> None:
    seen = _seen([mark.format(n=n + 10) for n in range(8)])
    column = _configured(seen).columns[1]

    assert (seen.columns[1].type, column.unit) == (ColumnType.DECIMAL, unit)
    assert read_value(column, mark.format(n=12)) == Decimal(mark.format(n=12).strip("￥￡＄ "))
