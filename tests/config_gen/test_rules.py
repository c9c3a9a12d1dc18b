"""Every rule notices its bad sample and leaves the good one alone; fixes mend what they say."""

import json
from datetime import date

import pytest
from pydantic import ValidationError

from benchmarks.validator_faults import all_faults, broken_by
from config_gen.documents import dump_document, parse, shape_findings
from config_gen.rules import all_rules, apply_fix, validate, validate_document
from config_gen.rules.patching import patched
from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import Finding, FindingSeverity, Operation
from domain.errors import BadInput
from tests.config_gen.builders import a_config, a_document

TODAY = date(2026, 3, 2)
GOOD = a_config(
    columns=[
        {"name": "trade_id", "source": "Trade Id", "type": "text", "nullable": False, "unique": True},
        {"name": "amount", "source": "Amount", "type": "decimal", "nullable": True, "precision": 18,
         "scale": 2},
        {"name": "trade_date", "source": "Date", "type": "date", "nullable": False, "format": "%d.%m.%Y"},
        {"name": "booked_at", "source": "Booked", "type": "datetime", "nullable": True, "format": "iso"},
        *({"name": f"note_{n}", "source": f"n{n}", "type": "text", "nullable": True} for n in range(5)),
    ]
)  # fmt: skip


def findings_of_broken(code: str, name: str) -> list[Finding]:
    make = next(make for c, n, make in all_faults() if (c, n) == (code, name))
    broken = broken_by(make, GOOD.model_dump(mode="json"))
    assert broken is not None, "the good sample has nothing to break in this way"
    others = [FeedConfig.model_validate(other) for other in broken.others]
    previous = FeedConfig.model_validate(broken.previous) if broken.previous else None
    try:
        config = FeedConfig.model_validate(broken.document)
    except ValidationError as error:
        return shape_findings(error)
    return validate(config, others, previous, today=TODAY)


def test_there_are_enough_rules_and_each_has_its_own_code() -> None:
    codes = [rule.code for _, rule in all_rules()]

    assert len(codes) >= 60
    assert len(codes) == len(set(codes))


def test_every_rule_has_a_bad_sample() -> None:
    broken = {code for code, _, _ in all_faults()}

    assert {rule.code for _, rule in all_rules()} - broken == set()


def test_the_good_sample_draws_no_error_and_no_warning() -> None:
    found = validate(GOOD, today=TODAY)

    assert [finding for finding in found if finding.severity is not FindingSeverity.HINT] == []


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, name, _ in all_faults()])
def test_a_rule_notices_its_bad_sample_and_its_fix_can_be_applied(code: str, name: str) -> None:
    found = [finding for finding in findings_of_broken(code, name) if finding.code == code]

    assert found
    for finding in found:
        assert finding.sentence.endswith((".", "?"))
        assert "!" not in finding.sentence.replace("![", "")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("BUS005", "critical_without_reconciliation"),
        ("BUS015", "error_that_only_warns"),
        ("BUS019", "empty_file_replaces_all"),
        ("BUS021", "key_that_nothing_checks"),
        ("SCH005", "key_that_does_not_exist"),
        ("SCH015", "bounds_the_wrong_way_round"),
        ("SEC001", "names_for_everybody"),
        ("SEC002", "personal_but_internal"),
        ("SEC003", "treatment_that_nobody_carries_out"),
        ("ANT005", "new_columns_vanish"),
        ("OPT007", "bronze_for_ever"),
        ("VER012", "revision_forgotten"),
        ("WAV002", "waiver_of_nothing"),
    ],
)
def test_a_fix_takes_its_finding_away(code: str, name: str) -> None:
    make = next(make for c, n, make in all_faults() if (c, n) == (code, name))
    broken = broken_by(make, GOOD.model_dump(mode="json"))
    assert broken is not None
    config = FeedConfig.model_validate(broken.document)
    previous = FeedConfig.model_validate(broken.previous) if broken.previous else None
    finding = next(f for f in validate(config, (), previous, today=TODAY) if f.code == code)

    mended = apply_fix(config, finding)

    assert finding not in validate(mended, (), previous, today=TODAY)


def test_a_finding_without_a_fix_is_left_to_a_person() -> None:
    finding = Finding(code="SCH001", severity=FindingSeverity.ERROR, place="", sentence="x.")

    with pytest.raises(BadInput):
        apply_fix(GOOD, finding)


def test_a_waiver_silences_its_rule_while_it_lasts() -> None:
    waiver = {"rule": "ANT005", "reason": "agreed with the owner", "approved_by": "Jo", "until": "2026-12-31"}
    policy = {"unknown_columns": "ignore"}
    waived = a_config(schema_policy=policy, waivers=[waiver])
    ended = a_config(schema_policy=policy, waivers=[{**waiver, "until": "2026-01-31"}])

    assert "ANT005" not in {finding.code for finding in validate(waived, today=TODAY)}
    assert {"ANT005", "WAV001"} <= {finding.code for finding in validate(ended, today=TODAY)}


def test_protection_of_persons_is_nobodys_to_waive() -> None:
    waiver = {"rule": "SEC001", "reason": "in a great hurry", "approved_by": "Jo", "until": "2999-12-31"}
    person = {"name": "who", "source": "who", "type": "text", "nullable": True, "personal_data": "direct"}
    config = a_config(columns=[*a_document()["columns"], person], waivers=[waiver])

    assert "SEC001" in {finding.code for finding in validate(config, today=TODAY)}


def test_a_document_of_another_shape_is_told_place_by_place() -> None:
    found = validate_document(dump_document({**a_document(), "criticality": "urgent", "revision": 0}))

    assert [(finding.code, finding.place) for finding in found] == [
        ("SCH001", "/criticality"),
        ("SCH001", "/revision"),
    ] or {finding.place for finding in found} == {"/criticality", "/revision"}


def test_a_patch_makes_what_is_missing_on_its_way_and_appends_to_lists() -> None:
    document = patched({"a": None}, Operation(op="add", path="/a/b/-", value=1))

    assert json.dumps(document) == '{"a": {"b": [1]}}'


def test_parsing_and_validating_take_what_was_dumped() -> None:
    assert parse(dump_document(a_document())) == a_config()
