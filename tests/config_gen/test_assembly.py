"""What the sample proves comes first; what a file may hold never breaks the configuration."""

import pytest

from config_gen.assembly import assemble
from config_gen.documents import dump, parse
from config_gen.naming import column_names_from, feed_name_from, file_pattern_from
from config_gen.preview import preview as landed_rows
from config_gen.profile import profile
from config_gen.quality_run import run_rules
from config_gen.questions import parse_answers, questions_for
from config_gen.rows import cells_by_column
from config_gen.rules import validate
from config_gen.suggested import landed
from domain.configuration.feed_columns import FieldType, Treatment
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Check, RuleSeverity
from domain.configuration.findings import FindingSeverity

ROWS = [f"{n},2026-03-{n:02d}T08:00:00{'+01:00' if n % 2 else '+05:30'},{n}.25,," for n in range(1, 21)]


def configured(content: str, name: str = "sample.csv", **answers: str) -> FeedConfig:
    seen = profile(content.encode(), name)
    return assemble(seen, parse_answers(seen, {"owner_team": "feeds", **answers}))


def errors(config: FeedConfig) -> list[str]:
    return [finding.sentence for finding in validate(config) if finding.severity is FindingSeverity.ERROR]


def test_times_of_several_offsets_and_empty_columns_make_a_good_configuration() -> None:
    config = configured("id,seen,depth,empty,blank\n" + "\n".join(ROWS) + "\n")

    assert errors(config) == []
    assert parse(dump(config)) == config


def test_infinite_values_are_no_bounds() -> None:
    config = configured("id,depth\n1,INF\n2,-INF\n3,INF\n4,12.5\n5,3.25\n6,1.5\n")

    assert errors(config) == []


def test_what_counts_on_has_no_bounds_and_what_repeats_has() -> None:
    rows = "\n".join(f"{n},{n % 7}.25,EUR" for n in range(1, 61))

    rules = {rule.id: rule for rule in configured(f"order_id,amount,currency\n{rows}\n").quality.rules}

    assert "order_id_range" not in rules, "tomorrow's file begins where today's ends"
    assert rules["amount_range"].values == {"minimum": "-10", "maximum": "20"}
    assert rules["amount_range"].severity is RuleSeverity.WARNING


def test_tomorrows_values_may_lie_a_little_outside_todays() -> None:
    header = "order_id,amount,qty,lat,rate,note,currency\n"
    rows = "".join(
        f"{n},{n % 7}.25,{n % 5 + 1},{40 + n % 9}.5,0.0{n % 4 + 1},note {n % 3},EUR\n" for n in range(1, 61)
    )
    tomorrow = "".join(
        f"{n},{-9 - n % 7}.255,{n % 9 + 1},{-60 + n % 9}.5,0.09,a longer note {n},EUR\n"
        for n in range(61, 121)
    )

    config = configured(header + rows)
    columns = {column.name: column for column in config.columns}
    cells = cells_by_column(config.columns, [line.split(",") for line in tomorrow.splitlines()])
    ranges = [one for one in config.quality.rules if one.check is Check.RANGE and one.columns != ("amount",)]
    asked = config.model_copy(update={"quality": config.quality.model_copy(update={"rules": tuple(ranges)})})

    assert [result.rule for result in run_rules(asked, cells) if not result.holds] == []
    assert not any(row.problems for row in landed_rows(config, cells)), "one more decimal is no wrong type"
    assert (columns["lat"].minimum, columns["lat"].maximum) == ("-90", "90")
    assert (columns["qty"].minimum, columns["currency"].max_length) == ("0", 3)
    assert (columns["note"].max_length or 0) >= len("longer note 120")


def test_what_differs_in_a_handful_of_rows_is_not_promised_to_differ() -> None:
    config = configured("id,amount,place\n1,2.5,Rome\n2,3.5,Bonn\n3,4.5,Oslo\n")

    assert [column.name for column in config.columns if column.unique] == ["id"]


_SECRETS = ("k3y-{n:04d}-Zx81pQ", "tok{n:04d}abcDEF99xyz", "hunter{n:04d}!", "AKIA{n:04d}ABCDEFGH0123")


def test_keys_and_passwords_appear_nowhere_but_in_the_file() -> None:
    header = "user_id,api_key,access_token,password,note\n"
    rows = [[f"u{n}", *(form.format(n=n % 4) for form in _SECRETS)] for n in range(40)]
    content = header + "".join(",".join(row) + "\n" for row in rows)

    seen = profile(content.encode(), "accounts.csv")
    config = configured(content, "accounts.csv")
    told = seen.model_copy(update={"preview": ()}).model_dump_json() + dump(config).decode()
    told += str(landed(config, seen).rows) + str(landed(config, seen).problems)

    held = {cell for row in rows for cell in row[1:]}
    assert [cell for cell in sorted(held) if cell in told] == []
    assert {column.meaning for column in config.columns[1:]} == {"secret", "password"}
    assert {column.treatment for column in config.columns[1:]} == {Treatment.TOKENIZE}
    assert config.governance.classification.value == "restricted"
    assert errors(config) == []


def test_a_password_within_a_remark_is_shown_nowhere_and_other_remarks_stay() -> None:
    remarks = [f"password: MB7gn4pNS{n}" if n % 2 else f"called back on day {n}" for n in range(40)]
    plain = "".join(f"{n},{text},fine {n}\n" for n, text in enumerate(remarks))
    content = f"id,remark,state\n{plain}"

    seen = profile(content.encode(), "calls.csv")
    config = configured(content, "calls.csv")
    shown = landed(config, seen)

    told = seen.model_copy(update={"preview": ()}).model_dump_json() + dump(config).decode()
    assert "MB7gn4pNS" not in told + str(shown.rows) + str(shown.problems)
    assert [seen.columns[1].examples, seen.columns[1].minimum] == [(), None]
    assert seen.columns[2].examples
    assert [row[1] for row in shown.rows[:2]] == ["called back on day 0", "password: •••"]


def test_two_values_that_only_together_look_like_a_secret_are_shown() -> None:
    rows = "".join(f"{n},{'Password:' if n % 2 else 'User-1:'},fine {n}\n" for n in range(40))

    seen = profile(f"id,label,state\n{rows}".encode(), "fields.csv")

    assert set(seen.columns[1].examples) == {"Password:", "User-1:"}


def test_what_is_only_called_a_token_stays_as_it_is() -> None:
    rows = "".join(
        f"{n},{word},{n % 9},key{n % 3}\n"
        for n, word in enumerate(["the", "cat", "sat", "on", "the", "mat"] * 8)
    )
    config = configured(f"id,token,token_count,sort_key\n{rows}", "words.csv")

    assert {column.treatment for column in config.columns} == {Treatment.NONE}


def test_few_card_numbers_make_no_list_of_allowed_values() -> None:
    rows = "".join(
        f"{n},{number},{n}.25\n" for n, number in enumerate(["4111111111111111", "5500005555555559"] * 20)
    )
    config = configured(f"payment_id,card_number,amount\n{rows}", "payments.csv")

    assert "4111111111111111" not in dump(config).decode()


def test_a_header_with_a_line_end_is_read_from_where_it_stands() -> None:
    config = configured('"first\nname",b\nx,1\ny,2\nz,3\n')

    assert config.columns[0].source == "first\nname"
    assert config.columns[0].name == "first_name"
    assert errors(config) == []


def test_the_persons_reading_of_an_ambiguous_value_wins() -> None:
    content = "id,lots\n" + "".join(f"r{n},{n % 2}\n" for n in range(12))

    plain = configured(content)
    chosen = configured(content, **{"reading:flag:lots": "yes or no"})

    assert plain.columns[1].type is FieldType.INTEGER
    assert chosen.columns[1].type is FieldType.BOOLEAN
    assert errors(chosen) == []


def test_personal_columns_are_protected_by_a_step_and_a_class() -> None:
    rows = "".join(f"{n},person{n}@example.com\n" for n in range(20))
    config = configured("customer_id,email\n" + rows)

    assert config.columns[1].treatment is Treatment.MASK
    assert config.governance.classification.value == "confidential"
    assert errors(config) == []


def test_a_new_configuration_asks_about_unusual_differences_and_an_older_one_keeps_its_word() -> None:
    config = configured("id,amount\n1,2.5\n2,3.5\n3,4.5\n")
    text = dump(config).decode()
    always = parse(text.replace("  on_break: hold_unusual\n", "").encode())
    never = parse(text.replace("on_break: hold_unusual", "on_break: warn").encode())

    assert config.reconciliation.on_break == "hold_unusual"
    assert always.reconciliation.on_break == "hold"
    assert errors(config) == []
    assert _is_softer(before=always, after=config)
    assert _is_softer(before=config, after=never)
    assert not _is_softer(before=config, after=always)


def _is_softer(before: FeedConfig, after: FeedConfig) -> bool:
    found = validate(after, previous=before)
    return any(one.code == "VER019" and "on_break" in one.place for one in found)


def test_amounts_and_moments_that_differ_by_chance_are_not_promised_to_be_unique() -> None:
    rows = "".join(f"{n},R{n * 7},{n}.25,2026-01-{n:02d}\n" for n in range(1, 29))
    config = configured("id,reference,amount,booked_on\n" + rows)

    assert {rule.id for rule in config.quality.rules if rule.id.endswith("_unique")} == {
        "key_unique",
        "reference_unique",
    }


def test_a_day_that_the_whole_file_is_of_belongs_to_the_key() -> None:
    rows = "".join(f"S{n:03d},2026-03-02,{n}.25,2020-01-01\n" for n in range(30))

    config = configured(f"symbol,price_date,close,issue_date\n{rows}", "prices_20260302.csv")

    assert config.keys.primary == ("symbol", "price_date")
    assert config.load.merge_on == ("symbol", "price_date"), "tomorrow's prices must not overwrite today's"
    assert "overwrite" in next(rule.reason for rule in config.quality.rules if rule.id == "key_unique")
    assert errors(config) == []


def test_a_day_that_is_the_same_by_chance_is_no_part_of_the_key() -> None:
    rows = "".join(f"C{n:03d},name {n},2026-03-02\n" for n in range(30))

    assert configured(f"customer_id,name,created_date\n{rows}").keys.primary == ("customer_id",)


@pytest.mark.parametrize(
    ("name", "pattern", "feed"),
    [
        ("Bestand 09.04.2025.xlsx", "Bestand *.xlsx", "bestand"),
        ("stock_09-04-2025.csv", "stock_*.csv", "stock"),
        ("Sales Q1 2025.xlsx", "Sales *.xlsx", "sales"),
        ("report_KW15.csv", "report_*.csv", "report"),
        ("Umsatz März 2025.csv", "Umsatz *.csv", "umsatz"),
        ("09APR25_positions.csv", "*_positions.csv", "positions"),
        ("trades_2025-04-09T06-15-00.csv", "trades_*.csv", "trades"),
        ("FX.20250409.001.csv", "FX.*.csv", "fx"),
        ("part-00000-8c1d6d3e-1c5e-4f7a-9d2e-1a2b3c4d5e6f.parquet", "part-*.parquet", "part"),
        ("camt.053.001.08.xml", "camt.053.001.08.xml", "camt"),
        ("marca_2.csv", "marca_2.csv", "marca"),
        ("h2_tables.csv", "h2_tables.csv", "h2_tables"),
        ("lis_2024-01-05.csv", "lis_*.csv", "lis"),
        ("out-2024_01.csv", "out-*.csv", "out"),
        ("set_12_parts.csv", "set_12_parts.csv", "set_parts"),
        ("vendas_set_2024.csv", "vendas_*.csv", "vendas"),
        ("march.csv", "march.csv", "march"),
        ("orders_2024Jan05.csv", "orders_*.csv", "orders"),
        ("D999999_plan.csv", "D999999_plan.csv", "d999999_plan"),
    ],
)
def test_a_pattern_keeps_nothing_of_the_day_of_its_sample(name: str, pattern: str, feed: str) -> None:
    assert (file_pattern_from(name), feed_name_from(name)) == (pattern, feed)


def test_a_file_that_was_downloaded_twice_is_expected_under_its_own_name() -> None:
    config = configured("id,amount\n1,2.5\n2,3.5\n3,4.5\n", "trades_20260302 (2).csv")

    assert (config.source.file_pattern, config.feed) == ("trades_*.csv", "trades")


def test_letters_that_are_no_marked_ones_are_spelt_out_in_table_names() -> None:
    names = column_names_from(["Beløb", "Größe", "Łódź", "Çal\u0131şma", "Þyngd", "Œuvre", "年"])

    assert names == ("belob", "grosse", "lodz", "calisma", "thyngd", "oeuvre", "column_7")


def test_what_rows_may_share_is_not_promised_to_be_unique() -> None:
    rows = "".join(f"{n},{10115 + 37 * n:05d},D{n:06d}\n" for n in range(60))

    config = configured(f"Order #,Ship Zip,device\n{rows}")

    assert [column.name for column in config.columns if column.unique] == ["order_no", "device"]
    assert config.columns[0].minimum == "0", "no order has a number below nought"


def test_free_texts_that_differ_in_a_sample_may_come_again_and_identifiers_may_not() -> None:
    rows = "".join(f"{n},R{n * 7:05d},card payment {n}\n" for n in range(1, 31))

    rules = {rule.id for rule in configured(f"id,ref_code,description\n{rows}").quality.rules}

    assert "ref_code_unique" in rules
    assert "description_unique" not in rules


def test_the_order_of_day_and_month_is_asked_in_letters_that_people_know() -> None:
    sample = profile(
        b"id,day\n" + b"".join(b"%d,0%d/0%d/2026\n" % (n, n, 10 - n) for n in range(1, 10)), "d.csv"
    )

    [asked] = [one for one in questions_for(sample) if one.code == "reading:day_month:day"]

    assert [value for value, _ in asked.choices] == ["%d/%m/%Y", "%m/%d/%Y"]
    assert [label.partition(":")[0] for _, label in asked.choices] == ["DD/MM/YYYY", "MM/DD/YYYY"]
