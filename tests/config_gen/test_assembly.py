"""What the sample proves comes first; what a file may hold never breaks the configuration."""

from config_gen.assembly import assemble
from config_gen.documents import dump, parse
from config_gen.profile import profile
from config_gen.questions import parse_answers
from config_gen.rules import validate
from domain.feed_columns import FieldType, Treatment
from domain.feed_config import FeedConfig
from domain.findings import FindingSeverity

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
    assert rules["amount_range"].values == {"minimum": "0.25", "maximum": "6.25"}


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
