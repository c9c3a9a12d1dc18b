"""What the next file is bound to hold otherwise is not promised: running numbers, groups, segments."""

import pytest

from config_gen.assembly import assemble
from config_gen.drift import compare
from config_gen.evolution import as_agreed, evolved
from config_gen.profile import profile
from domain.configuration.feed_columns import Column, FieldType, Treatment
from domain.configuration.feed_config import FeedConfig
from domain.configuration.onboarding import OnboardingAnswers
from domain.ids import feed_name

_ANSWERS = OnboardingAnswers(feed=feed_name("orders"), owner_team="shop")


def _config(content: str, name: str = "sample.csv") -> FeedConfig:
    return assemble(profile(content.encode(), name), _ANSWERS)


def _column(config: FeedConfig, source: str) -> Column:
    return next(column for column in config.columns if column.source == source)


def _csv(*names: str, rows: int = 60, **cells: str) -> str:
    lines = [",".join(names)]
    for n in range(rows):
        lines.append(",".join(cells[name].format(n=n, third=n // 20, turn=n % 3) for name in names))
    return "\n".join(lines) + "\n"


def test_running_numbers_have_no_bounds_and_measures_have() -> None:
    cells = {"id": "{n}", "order_id": "{third}7", "invoice_no": "4{n}", "qty": "{turn}", "amount": "1{n}"}

    config = _config(_csv(*cells, **cells))

    assert [_column(config, name).maximum for name in ("id", "order_id", "invoice_no")] == [None] * 3
    assert None not in [_column(config, name).maximum for name in ("qty", "amount")]


def test_the_number_that_tells_rows_apart_has_no_bounds_whatever_it_is_called() -> None:
    config = _config(_csv("ticket", "side", ticket="{n}", side="S{turn}"))

    assert config.keys.primary == ("ticket",)
    assert _column(config, "ticket").maximum is None


def test_a_price_that_never_comes_twice_keeps_its_bounds() -> None:
    config = _config(_csv("id", "price", id="A{n}", price="{n}.25"))

    assert _column(config, "price").maximum is not None


@pytest.mark.parametrize("cell", ["BATCH{third}", "R-20260301", "2/{third}"])
def test_what_numbers_its_groups_of_rows_is_no_closed_list(cell: str) -> None:
    config = _config(_csv("id", "batch", "side", id="A{n}", batch=cell, side="S{turn}"))

    assert not _column(config, "batch").allowed
    assert _column(config, "side").allowed == ("S0", "S1", "S2")


def test_words_in_rows_one_behind_the_other_stay_a_closed_list() -> None:
    rows = "".join(f"A{n},{('new', 'open', 'shut')[n // 20]}\n" for n in range(60))

    config = _config("id,state\n" + rows)

    assert _column(config, "state").allowed == ("new", "open", "shut")


def test_days_that_are_codes_are_no_closed_list() -> None:
    config = _config(_csv("id", "entry_date", id="A{n}", entry_date="030{turn}"))

    assert not _column(config, "entry_date").allowed


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("day_of_week", ("Mon", "Tue", "Wed")),
        ("day_type", ("WORKDAY", "HOLIDAY", "WEEKEND")),
        ("data_type", ("int4", "text", "bool")),
        ("data_center", ("DC1", "DC2", "DC3")),
    ],
)
def test_names_of_days_and_kinds_of_data_stay_closed_lists(name: str, kinds: tuple[str, ...]) -> None:
    rows = "".join(f"A{n},{kinds[n % 3]}\n" for n in range(60))

    assert set(_column(_config(f"id,{name}\n{rows}"), name).allowed) == set(kinds)


def test_elements_of_segments_are_text_without_promises() -> None:
    lines = "".join(f"LIN+{n}++400000000{n:04d}:EN'QTY+21:{n}'" for n in range(1, 30))
    text = f"UNA:+.? 'UNB+UNOC:3+S+R+260301:1000+1'UNH+1+ORDERS:D:96A:UN'{lines}UNT+64+1'UNZ+1+1'"

    config = _config(text, "po.edi")

    assert {column.type for column in config.columns} == {FieldType.TEXT}
    assert not any(column.allowed or column.pattern or column.minimum for column in config.columns)


def test_codes_of_fix_are_text_though_all_of_the_sample_are_digits() -> None:
    lines = "".join(
        f"8=FIX.4.4|9=100|35=8|34={n}|54={n % 2 + 1}|38={n * 10}|10=1{n:02d}|\n" for n in range(1, 30)
    )

    config = _config(lines.replace("|", "\x01"), "fix.log")

    types = {column.source: column.type for column in config.columns}
    assert {types[name] for name in ("35_MsgType", "54_Side", "10_CheckSum")} == {FieldType.TEXT}
    assert types["38_OrderQty"] is FieldType.INTEGER


@pytest.mark.parametrize("cell", ["2026-W1{turn}", "2026Q{turn}", "FY2026/{turn}"])
def test_codes_of_weeks_and_quarters_are_no_closed_list(cell: str) -> None:
    config = _config(_csv("id", "span", id="A{n}", span=cell))

    assert not _column(config, "span").allowed


def test_elements_that_hold_personal_data_stay_protected() -> None:
    mails = "".join(f"COM+x+y+z+w+v+u+t+ann{n}.lee@example.com'" for n in range(1, 30))
    text = f"UNA:+.? 'UNB+UNOC:3+S+R+260301:1000+1'UNH+1+PAXLST:D:96A:UN'{mails}UNT+64+1'UNZ+1+1'"

    column = _column(_config(text, "list.edi"), "element_8")

    assert (column.meaning, column.treatment) == ("email", Treatment.MASK)


@pytest.mark.parametrize("cell", ["{n}", "{third}", "10{n}", "-{n}"])
def test_numbers_that_only_rise_or_fall_with_the_rows_have_no_bounds(cell: str) -> None:
    config = _config(_csv("side", "lsn", rows=600, side="S{turn}", lsn=cell))

    assert (_column(config, "lsn").minimum, _column(config, "lsn").maximum) == (None, None)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("amount", [str(n * 3) for n in range(60)]),  # sorted by an amount
        ("lsn", [str(n * 37 % 50) for n in range(60)]),  # in no order
        ("state", [str(n // 20) for n in range(60)]),  # few values
        ("lsn", [*map(str, range(59)), "3"]),  # begins anew
    ],
)
def test_other_numbers_keep_their_bounds(name: str, rows: list[str]) -> None:
    lines = "".join(f"S{n % 3},{cell}\n" for n, cell in enumerate(rows))

    assert _column(_config(f"side,{name}\n{lines}"), name).maximum is not None


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("isin", ("US0378331005", "DE0007164600", "GB0002634946")),
        ("fw", ("1.2", "1.3", "1.3b")),
        ("app", ("1.2.0", "v1.3.1", "2.0.0-rc1")),
        ("symbol", ("AAPL", "MSFT", "NVDA")),
    ],
)
def test_what_names_instruments_or_versions_is_no_closed_list(name: str, values: tuple[str, ...]) -> None:
    rows = "".join(f"A{n},{values[n % 3]}\n" for n in range(60))

    assert not _column(_config(f"id,{name}\n{rows}"), name).allowed


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("version", ("draft", "final", "void")),
        ("currency", ("EUR", "USD", "GBP")),
        ("rating", ("AA+", "A-2", "BBB")),
        ("clause", ("a.1.2", "b.1.2", "c.1.2")),
    ],
)
def test_kinds_and_words_stay_a_closed_list(name: str, values: tuple[str, ...]) -> None:
    rows = "".join(f"A{n},{values[n % 3]}\n" for n in range(60))

    assert set(_column(_config(f"id,{name}\n{rows}"), name).allowed) == set(values)


def test_a_list_that_is_agreed_takes_one_new_code_from_a_file_in_its_order() -> None:
    mixed = "id,class\n" + "".join(f"A{n},C{n % 3}\n" for n in range(60))
    in_order = "id,class\n" + "".join(f"B{n},C{n // 20}\n" for n in range(80))
    agreed, former = _config(mixed), profile(mixed.encode(), "sample.csv")
    now = profile(in_order.encode(), "sample.csv")

    drift = compare(as_agreed(former, agreed), now)
    after = evolved(agreed, now, drift)

    assert [change.say for change in drift.changes] == ["class has values that were not known: C3."]
    assert _column(after, "class").allowed == ("C0", "C1", "C2", "C3")


@pytest.mark.parametrize(
    ("name", "is_promised"), [("units_2026", False), ("ticket_no", True), ("barcode", True)]
)
def test_whole_numbers_that_differ_by_chance_need_not_differ(name: str, is_promised: bool) -> None:
    drawn = [1000 + n * n * 7919 % 8999 for n in range(60)]
    rows = "".join(f"C{n:03d},{number}\n" for n, number in enumerate(drawn))

    column = _column(_config(f"cost_center,{name}\n{rows}"), name)

    assert len(set(drawn)) == 60
    assert column.unique is is_promised


def test_whole_numbers_that_lie_too_close_to_differ_by_chance_are_unique() -> None:
    rows = "".join(f"C{n:03d},{n * 37 % 101}\n" for n in range(60))

    assert _column(_config(f"cost_center,seat\n{rows}"), "seat").unique


def test_a_row_or_two_say_nothing_of_where_numbers_lie() -> None:
    config = _config("job,rows,lat\nEOD,3121,52.1\nSOD,17,48.2\n")

    assert (_column(config, "rows").maximum, _column(config, "lat").maximum) == (None, "90")
    assert not [rule.id for rule in config.quality.rules if rule.id == "rows_value_range"]
