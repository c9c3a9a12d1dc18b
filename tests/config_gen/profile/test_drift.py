"""Drift between two files: what changed, and who can still read whom."""

import pytest

from benchmarks.config_schema_breaks import breaks
from config_gen.drift import compare
from config_gen.profile import profile
from config_gen.profile_union import united
from domain.configuration.profiles import ColumnType, Compatibility, Drift, DriftKind, SampleProfile

_ROWS = [(n, f"name {n}", n * 1.25) for n in range(1, 31)]


def _file(header: str, rows: list[str]) -> bytes:
    return ("\n".join([header, *rows]) + "\n").encode()


_OLD = _file("id,name,amount", [f"{n},{name},{amount}" for n, name, amount in _ROWS])


def _drift(new: bytes, old: bytes = _OLD) -> Drift:
    return compare(profile(old, "old.csv"), profile(new, "new.csv"))


def test_the_same_shape_is_no_drift() -> None:
    found = _drift(_file("id,name,amount", [f"{n + 30},{name}x,{amount}" for n, name, amount in _ROWS]))

    assert found.label == "same"
    assert found.compatibility is Compatibility.FULL


def test_a_new_optional_column_breaks_nobody_who_reads_by_name() -> None:
    rows = [f"{n},{name},{amount},{'desk' if n % 2 else ''}" for n, name, amount in _ROWS]

    found = _drift(_file("id,name,amount,desk", rows))

    assert found.added == ("desk",)
    assert found.compatibility is Compatibility.FULL


def test_a_removed_column_breaks_readers_of_the_old_shape() -> None:
    found = _drift(_file("id,name", [f"{n},{name}" for n, name, _ in _ROWS]))

    assert found.removed == ("amount",)
    assert found.compatibility is Compatibility.FORWARD


def test_a_renamed_column_is_proven_by_its_values() -> None:
    found = _drift(_file("id,full_name,amount", [f"{n},{name},{amount}" for n, name, amount in _ROWS]))

    assert found.renamed == (("name", "full_name"),)
    assert not found.added
    assert not found.removed


def test_a_swap_of_columns_is_no_renaming() -> None:
    found = _drift(_file("id,label,amount", [f"{n},other {n * 7},{amount}" for n, _, amount in _ROWS]))

    assert not found.renamed
    assert (found.added, found.removed) == (("label",), ("name",))


def test_another_order_is_named() -> None:
    found = _drift(_file("name,id,amount", [f"{name},{n},{amount}" for n, name, amount in _ROWS]))

    assert found.reordered


def test_another_delimiter_is_named() -> None:
    found = _drift(_OLD.replace(b",", b";"))

    assert found.format_changed
    assert any("semicolon" in change.say for change in found.changes)


def test_a_column_that_turns_into_text_is_retyped() -> None:
    found = _drift(_file("id,name,amount", [f"{n},{name},about {amount}" for n, name, amount in _ROWS]))

    assert found.retyped == ("amount",)
    assert found.label == "drift"


def test_values_far_outside_the_known_range_are_named() -> None:
    found = _drift(_file("id,name,amount", [f"{n},{name},{amount * 1000}" for n, name, amount in _ROWS]))

    assert found.out_of_range == ("amount",)


def test_missing_values_where_none_were_are_named() -> None:
    found = _drift(
        _file("id,name,amount", [f"{n},{name},{amount if n > 5 else ''}" for n, name, amount in _ROWS])
    )

    assert any(change.kind is DriftKind.NULLS_APPEARED for change in found.changes)


def test_profiles_alone_can_be_compared() -> None:
    new = _file("id,full_name,amount", [f"{n},{name},{amount}" for n, name, amount in _ROWS])

    assert compare(profile(_OLD, "a"), profile(new, "b")).renamed == (("name", "full_name"),)


def test_a_new_required_field_of_a_schema_breaks_old_data() -> None:
    old = {"fields": [{"name": "id", "type": "integer"}]}
    new = {"fields": [{"name": "id", "type": "number"}, {"name": "desk", "constraints": {"required": True}}]}

    assert breaks(old, new) == ["desk is new and required"]
    assert breaks(new, old) == ["id: number became integer"]


def test_an_element_of_xml_that_is_empty_today_is_not_gone() -> None:
    def day(amount: str) -> SampleProfile:
        rows = "".join(f'<row><id>{n}</id><amt ccy="EUR">{amount}</amt></row>' for n in range(9))
        return profile(f"<rows>{rows}</rows>".encode(), "r.xml")

    assert compare(day("2.50"), day("")).removed == ()


def _lines(*noted: int, more: str = "") -> bytes:
    """Return JSON lines whose `note` stands in these records alone, before the amount."""
    notes = [f'"note": "n{n}", ' if n in noted else "" for n in range(20)]
    return "".join(f'{{"id": {n}, {note}"amount": {n}.5{more}}}\n' for n, note in enumerate(notes)).encode()


def test_json_lines_have_no_order_and_a_key_that_was_optional_need_not_come() -> None:
    later_seen = _drift(_lines(7), _lines(0, 3))
    never_seen = _drift(_lines(), _lines(0, 3))

    assert (later_seen.label, later_seen.changes) == ("same", ())
    assert (never_seen.label, never_seen.changes) == ("same", ())


def test_a_key_that_every_line_had_is_missed() -> None:
    found = _drift(_lines(), _lines(*range(20)))

    assert (found.label, found.removed) == ("drift", ("note",))


def test_a_new_key_of_json_lines_is_told() -> None:
    assert _drift(_lines(more=', "desk": "d"'), _lines()).added == ("desk",)


def _names(*names: str, codec: str = "cp1252") -> bytes:
    rows = "".join(f"{n},{name}\n" for n, name in enumerate(names))
    return f"id,name\n{rows}".encode(codec)


def test_a_file_of_plain_letters_is_in_whatever_encoding_the_feed_has() -> None:
    assert _drift(_names("Smith", "Jones"), _names("Müller", "Weiß")).label == "same"
    assert _drift(_names("Jones", "Lévy"), _names("Dvořák", "Žák", codec="cp1250")).label == "same"


def test_letters_that_the_agreed_encoding_reads_otherwise_are_a_change() -> None:
    assert _drift(_names("Müller", "Weiß"), _names("Smith", "Jones")).format_changed
    assert _drift(_names("Müller", "Weiß", codec="utf-8"), _names("Müller", "Weiß")).format_changed
    assert _drift(_names("Muñoz", "Peña"), _names("Dvořák", "Žák", codec="cp1250")).format_changed


def _column(*cells: object) -> bytes:
    return ("id,v\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells))).encode()


def test_a_day_of_whole_amounts_ones_or_codes_without_zeros_retypes_nothing() -> None:
    assert not _drift(_column(*range(1, 30)), _column(*(n + 0.5 for n in range(30)))).retyped
    assert not _drift(_column(*range(100, 130)), _column(*(f"{n:03}" for n in range(30)))).retyped


def test_amounts_that_get_decimals_and_numbers_that_get_zeros_in_front_are_told() -> None:
    assert _drift(_column(*(n + 0.5 for n in range(30))), _column(*range(1, 31))).retyped == ("v",)
    assert _drift(_column(*(f"{n:03}" for n in range(30))), _column(*range(100, 130))).retyped == ("v",)


def test_names_that_become_numbers_are_told() -> None:
    assert _drift(_column(*range(1, 31)), _column(*(f"n{n}" for n in range(30)))).retyped == ("v",)


def test_codes_that_lost_their_zeros_are_told() -> None:
    numbers = range(501, 5901, 180)

    assert _drift(_column(*numbers), _column(*(f"{n:05}" for n in numbers))).retyped == ("v",)


def test_a_key_that_most_lines_had_is_missed() -> None:
    assert _drift(_lines(), _lines(*range(1, 20))).removed == ("note",)


def test_files_are_read_alike_by_what_reads_all_of_them() -> None:
    czech = profile(_names("Dvořák", "Žák", codec="cp1250"), "f.csv")
    day = united([profile(_names("Jones"), "a.csv"), profile(_names("Müller", "Peña"), "b.csv")])

    assert compare(czech, day).format_changed


def _flags(words: tuple[str, str], rows: int = 40) -> bytes:
    return _file("id,name,express", [f"{n},name {n},{words[n % 2]}" for n in range(rows)])


def test_other_words_for_yes_and_no_break_who_reads_the_former_ones() -> None:
    found = _drift(_flags(("Y", "N")), _flags(("yes", "no")))

    assert [change.column for change in found.changes] == ["express"]
    assert (found.label, found.compatibility) == ("drift", Compatibility.NONE)


def test_the_same_words_in_capitals_and_only_one_of_them_are_no_drift() -> None:
    assert _drift(_flags(("YES", "NO")), _flags(("yes", "no"))).changes == ()
    assert _drift(_flags(("no", "no")), _flags(("yes", "no"))).changes == ()


def test_a_single_record_with_a_known_word_is_a_flag_still() -> None:
    assert _drift(_flags(("no", "no"), rows=1), _flags(("yes", "no"))).changes == ()


def test_a_single_record_with_another_word_is_none() -> None:
    assert [c.column for c in _drift(_flags(("x", "x"), rows=1), _flags(("yes", "no"))).changes] == [
        "express"
    ]


@pytest.mark.parametrize("name", ["customer", "code"])
def test_codes_that_lost_their_zeros_break_who_looks_for_them(name: str) -> None:
    old = _file(f"id,{name}", [f"{n},{n:05}" for n in range(1, 40)])
    new = _file(f"id,{name}", [f"{n},{n}" for n in range(1, 40)])

    found = _drift(new, old)

    assert (found.label, [change.column for change in found.changes]) == ("drift", [name])


def test_codes_none_of_which_begins_with_a_zero_today_have_lost_nothing() -> None:
    old = _file("id,code", [f"{n},{n:05}" for n in range(1, 40)])
    new = _file("id,code", [f"{n},{n + 10000}" for n in range(1, 40)])

    assert [c for c in _drift(new, old).changes if c.column == "code"] == []


def test_names_that_only_change_their_writing_are_renamed_whatever_the_rows_are() -> None:
    rows = [f"{n + 500},other {n},{amount * 3}" for n, _, amount in _ROWS]

    found = _drift(_file("ID,Name,Amount", rows))

    assert found.renamed == (("id", "ID"), ("name", "Name"), ("amount", "Amount"))
    assert (found.label, found.added, found.removed) == ("drift", (), ())
    assert any(change.say == "name is now called Name; only its writing differs." for change in found.changes)


def test_what_rows_prove_is_told_from_what_names_alone_tell() -> None:
    """A column that is rarely filled has few values to prove it by; another day's prove nothing."""
    old = _file("id,amt,may_be,price", [f"{n},{n * 7},{'x' if n == 3 else ''},{n * 3}" for n in range(12)])
    new = _file("id,amt,mayBe,Price", [f"{n},{n * 7},{'x' if n == 3 else ''},{n * 4 + 1}" for n in range(12)])

    found = _drift(new, old)

    assert set(found.renamed) == {("may_be", "mayBe"), ("price", "Price")}
    assert found.rewritten == (("price", "Price"),)


@pytest.mark.parametrize("header", ["id,NA ME,name_,amount", "id,name2,amount"])
def test_names_that_could_each_be_the_former_one_are_not_taken_for_it(header: str) -> None:
    rows = [",".join([str(n + 500), *["x"] * header.count(",")]) for n, _, _ in _ROWS]

    assert _drift(_file(header, rows)).renamed == ()


def test_a_name_of_another_type_is_another_column() -> None:
    rows = [f"{n + 500},other {n},about {amount}" for n, _, amount in _ROWS]

    assert _drift(_file("id,name,AMOUNT", rows)).renamed == ()


@pytest.mark.parametrize("header", ["order_no,qty", "seq,qty"])
def test_a_counter_that_grows_ten_times_is_in_its_range(header: str) -> None:
    old = _file(header, [f"{n},{n % 7}" for n in range(1000, 1060)])
    new = _file(header, [f"{n},{n % 7}" for n in range(160_000, 160_060)])

    assert _drift(new, old).out_of_range == ()


def test_amounts_that_grow_a_hundred_times_are_out_of_range_though_no_two_are_alike() -> None:
    old = _file("id,price", [f"{n},{n * n * 7 + 11}" for n in range(1, 41)])
    new = _file("id,price", [f"{n},{(n * n * 7 + 11) * 100}" for n in range(1, 41)])

    assert _drift(new, old).out_of_range == ("price",)


def test_negative_numbers_in_parentheses_break_who_reads_signs() -> None:
    old = _file("id,qty", [f"{n},{-n if n % 2 else n}" for n in range(1, 41)])
    new = _file("id,qty", [f"{n},{f'({n})' if n % 2 else n}" for n in range(1, 41)])

    found = _drift(new, old)

    assert (found.label, found.format_changed) == ("drift", True)
    assert found.changes[0].say.endswith("changed from a sign in front to parentheses.")
    assert _drift(old, new).label == "drift"
    assert _drift(_file("id,qty", [f"{n},{n}" for n in range(1, 41)]), new).label == "same"


def test_thousands_that_are_parted_all_at_once_break_who_reads_plain_numbers() -> None:
    old = _file("id;qty", [f"{n};{n * 1000}" for n in range(1, 41)])
    new = _file("id;qty", [f"{n};{n * 1000:,}" for n in range(1, 41)])
    small = _file("id;qty", [f"{n};{n * 10}" for n in range(1, 41)])

    assert _drift(new, old).label == "drift"
    assert _drift(small, new).label == "same"


def _priced(prices: list[float]) -> bytes:
    return _file("id,price", [f"T{n},{price:.4f}" for n, price in enumerate(prices)])


_USUAL = [10 + 7.3 * n for n in range(60)]


@pytest.mark.parametrize(
    ("prices", "kinds"),
    [
        ([price / 100 for price in _USUAL], [DriftKind.OUT_OF_RANGE]),
        ([price * 100 for price in _USUAL], [DriftKind.OUT_OF_RANGE]),
        ([10 + n / 100 for n in range(60)], []),  # a quiet day
        ([price / 3 for price in _USUAL], []),
        ([0.1 + n / 100 for n in range(12)], []),  # too few to tell
        ([0.0, *(price / 100 for price in _USUAL)], []),
    ],
)
def test_amounts_that_all_shrank_alike_are_out_of_range(prices: list[float], kinds: list[DriftKind]) -> None:
    found = _drift(_priced(prices), _priced(_USUAL))

    assert [change.kind for change in found.changes] == kinds


@pytest.mark.parametrize(
    ("name", "first", "kind"),
    [("month_id", 202401, ColumnType.YEARMONTH), ("Member #", 4711, ColumnType.STRING)],
)
def test_a_number_that_is_read_otherwise_by_its_name_since_then_has_not_drifted(
    name: str, first: int, kind: ColumnType
) -> None:
    file = _file(f"id,{name}", [f"T{n},{first + n % 9}" for n in range(40)])
    seen = profile(file, "months.csv")
    as_number = seen.columns[1].model_copy(update={"type": ColumnType.INTEGER, "format": None})
    before = seen.model_copy(update={"columns": (seen.columns[0], as_number)})

    assert seen.columns[1].type is kind
    assert compare(before, seen).changes == ()


_AS_BEFORE = {"type": ColumnType.INTEGER, "format": None, "code_of_digits": False}


@pytest.mark.parametrize(
    "before", [_AS_BEFORE, {"type": ColumnType.STRING, "format": None, "code_of_digits": True}]
)
def test_eight_digits_that_were_numbers_before_their_form_was_known_are_no_drift(
    before: dict[str, object],
) -> None:
    rows = [f"A{n};{n % 28 + 1:02d}{n % 3 + 1:02d}{1980 + n % 40}" for n in range(60)]
    now = profile(_file("nr;eintritt", rows), "staff.csv")
    columns = tuple(c.model_copy(update=before) if c.name == "eintritt" else c for c in now.columns)
    old = now.model_copy(update={"columns": columns})

    assert now.columns[1].type is ColumnType.DATE
    assert (compare(old, now).label, compare(old, now).changes) == ("same", ())


def test_a_short_file_of_days_in_eight_digits_is_no_drift() -> None:
    rows = [f"A{n};{n % 28 + 1:02d}{n % 3 + 1:02d}{1980 + n % 40}" for n in range(60)]

    found = _drift(_file("nr;eintritt", ["B1;05012024", "B2;06022024"]), _file("nr;eintritt", rows))

    assert (found.label, found.retyped) == ("same", ())
