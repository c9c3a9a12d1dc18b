"""An agreed configuration follows tomorrow's file, and only where it drifted."""

import pytest

from config_gen.assembly import assemble
from config_gen.difference import describe
from config_gen.drift import compare
from config_gen.evolution import evolved, readers_hit, where_drifted
from config_gen.profile import profile
from config_gen.rules.validation import validate
from domain.configuration.feed_columns import FieldType
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_operation import Consumer, Lineage
from domain.configuration.feed_rules import QualityRule
from domain.configuration.onboarding import OnboardingAnswers
from domain.configuration.profiles import ColumnType, Drift, SampleProfile

_ROWS = range(1, 41)


def _yesterday() -> bytes:
    rows = [f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.50,EUR" for n in _ROWS]
    return "\n".join(["trade_id,trade_date,amount,currency", *rows]).encode()


def _agreed(**more: object) -> tuple[FeedConfig, SampleProfile]:
    seen = profile(_yesterday(), "trades.csv")
    return assemble(seen, OnboardingAnswers(feed="fx_trades", owner_team="fx")).model_copy(update=more), seen


def _tomorrow(text: str, **more: object) -> tuple[FeedConfig, FeedConfig, Drift]:
    agreed, seen = _agreed(**more)
    new = profile(text.encode(), "trades.csv")
    drift = compare(seen, new)
    return agreed, evolved(agreed, new, drift), drift


def test_an_added_column_is_optional_and_readers_are_told_that_nothing_breaks() -> None:
    rows = [f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.50,EUR,d{n % 3}" for n in _ROWS]
    agreed, after, drift = _tomorrow("\n".join(["trade_id,trade_date,amount,currency,desk", *rows]))

    desk = after.find_column("desk")
    assert drift.added == ("desk",)
    assert desk is not None
    assert desk.nullable
    assert "adds *desk* (text, optional): compatible for readers" in describe(agreed, after)
    assert [f for f in validate(after, previous=agreed) if f.blocks] == []


def test_a_renamed_column_keeps_its_table_name() -> None:
    rows = [f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.50,EUR" for n in _ROWS]
    _, after, drift = _tomorrow("\n".join(["trade_id,trade_date,notional,currency", *rows]))

    amount = after.find_column("amount")
    assert drift.renamed == (("amount", "notional"),)
    assert amount is not None
    assert amount.source == "notional"
    assert "amount" in amount.former_names


def test_a_removed_column_stays_empty_and_deprecated() -> None:
    rows = [f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.50" for n in _ROWS]
    _, after, drift = _tomorrow("\n".join(["trade_id,trade_date,amount", *rows]))

    currency = after.find_column("currency")
    assert drift.removed == ("currency",)
    assert currency is not None
    assert currency.deprecated
    assert currency.nullable
    assert all("currency" not in rule.columns for rule in after.quality.rules if rule.check == "not_null")


def test_more_decimals_are_compatible_for_readers() -> None:
    rows = [f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.5075,EUR" for n in _ROWS]
    agreed, after, _ = _tomorrow("\n".join(["trade_id,trade_date,amount,currency", *rows]))

    assert "*amount* gets two more decimals: compatible for readers" in " ".join(describe(agreed, after))


def test_a_retyped_column_becomes_what_holds_both_and_loses_its_range() -> None:
    bounds = {"id": "amount_range", "check": "range", "columns": ["amount"], "values": {"minimum": "0"}}
    agreed = _agreed()[0].quality
    bounded = agreed.model_copy(update={"rules": (*agreed.rules, QualityRule.model_validate(bounds))})
    rows = [f"T{n:04d},2026-11-{n % 28 + 1:02d},about {n},EUR" for n in _ROWS]
    _, after, drift = _tomorrow("\n".join(["trade_id,trade_date,amount,currency", *rows]), quality=bounded)

    amount = after.find_column("amount")
    assert drift.retyped == ("amount",)
    assert amount is not None
    assert amount.type is FieldType.TEXT
    assert [rule.id for rule in after.quality.rules] == [rule.id for rule in agreed.rules]


def test_another_delimiter_reaches_the_format() -> None:
    text = _yesterday().decode().replace(",", ";")
    _, after, drift = _tomorrow(text)

    assert drift.format_changed
    assert after.format.delimited is not None
    assert after.format.delimited.delimiter == ";"


@pytest.mark.parametrize(("columns", "hit"), [(("currency",), True), (("trade_id",), False), ((), True)])
def test_readers_of_what_drifted_are_named(columns: tuple[str, ...], hit: bool) -> None:
    reader = Consumer(name="risk report", kind="report", columns=columns, contact="risk@example.com")
    rows = [f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.50" for n in _ROWS]
    agreed, _, drift = _tomorrow(
        "\n".join(["trade_id,trade_date,amount", *rows]), lineage=Lineage(consumers=(reader,))
    )

    assert bool(readers_hit(agreed, (), drift)) is hit


def test_feeds_seen_to_read_it_are_named_once_and_as_observed() -> None:
    rows = [f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.50" for n in _ROWS]
    agreed, _, drift = _tomorrow(
        "\n".join(["trade_id,trade_date,amount", *rows]),
        lineage=Lineage(consumers=(Consumer(name="risk", kind="feed"),)),
    )

    said = readers_hit(agreed, (), drift, observed=("margin", "risk", agreed.feed))

    assert [line for line in said if "runs show" in line] == [
        "the feed *margin* reads what it writes, as its runs show; nothing declares that"
    ]


def test_an_optional_key_of_json_that_does_not_come_one_day_is_not_given_up() -> None:
    def lines(note: str, more: str = "") -> bytes:
        return "".join(
            f'{{"id": {n}, {note if n % 3 == 0 else ""}"amount": {n}.5{more}}}\n' for n in range(20)
        ).encode()

    before = profile(lines('"note": "x", '), "feed.ndjson")
    agreed = assemble(before, OnboardingAnswers(feed="orders", owner_team="fx"))
    after = profile(lines("", ', "desk": "d"'), "feed.ndjson")

    now = evolved(agreed, after, compare(before, after))

    assert next(column for column in now.columns if column.source == "note").deprecated is False


def test_a_file_of_plain_letters_leaves_the_agreed_encoding() -> None:
    rows = [f"{n},Müller {n},{n % 3}" for n in range(30)]
    before = profile("\n".join(["id,name,active_users", *rows]).encode("cp1252"), "people.csv")
    agreed = assemble(before, OnboardingAnswers(feed="people", owner_team="fx"))
    plain = [f"{n},Smith {n},{n % 2},d" for n in range(30)]
    after = profile("\n".join(["id,name,active_users,desk", *plain]).encode(), "people.csv")

    now = evolved(agreed, after, compare(before, after))

    assert now.format.encoding == "cp1252"
    assert [column.type for column in now.columns][:3] == [column.type for column in agreed.columns]


@pytest.mark.parametrize(("name", "first"), [("month_id", 202401), ("Member #", 4711)])
def test_an_agreed_number_stays_one_though_its_name_tells_more_since_then(name: str, first: int) -> None:
    rows = [f"T{n},{first + n % 9}" for n in _ROWS]
    seen = profile("\n".join([f"id,{name}", *rows]).encode(), "months.csv")
    as_number = seen.columns[1].model_copy(
        update={"type": ColumnType.INTEGER, "format": None, "code_of_digits": False}
    )
    before = seen.model_copy(update={"columns": (seen.columns[0], as_number)})
    agreed = assemble(before, OnboardingAnswers(feed="months", owner_team="fx"))
    new = profile(
        "\n".join([f"id,{name},desk", *(f"{row},d{n}" for n, row in enumerate(rows))]).encode(), "m.csv"
    )

    after = evolved(agreed, new, compare(before, new))

    assert agreed.columns[1].type is FieldType.INTEGER
    assert after.columns[1] == agreed.columns[1]
    assert len(after.columns) == 3


def test_a_file_that_fits_changes_nothing_though_its_texts_are_longer() -> None:
    rows = [f"TRADE-{n:012d},2026-11-{n % 28 + 1:02d},{n * 10}.505,EUR" for n in _ROWS]

    agreed, seen = _agreed()
    new = profile("\n".join(["trade_id,trade_date,amount,currency", *rows]).encode(), "trades.csv")
    after = where_drifted(agreed, new, drift := compare(seen, new))

    assert drift.changes == ()
    assert after.model_copy(update={"revision": agreed.revision}) == agreed


def test_units_that_do_not_come_today_stay_agreed() -> None:
    rows = [f"{n},{20 + n % 7}.5,{990 + n % 9}" for n in _ROWS]
    with_units = profile("\n".join(["time,temp,air", "s,°C,hPa", *rows]).encode(), "air.csv")
    agreed = assemble(with_units, OnboardingAnswers(feed="air", owner_team="fx"))
    new = profile(
        "\n".join(["time,temp,air,place", *(f"{row},x{n}" for n, row in enumerate(rows))]).encode(), "a.csv"
    )

    after = evolved(agreed, new, compare(with_units, new))

    assert agreed.format.delimited is not None
    assert after.format.delimited is not None
    assert (agreed.format.delimited.below_header_rows, after.format.delimited.below_header_rows) == (1, 1)
