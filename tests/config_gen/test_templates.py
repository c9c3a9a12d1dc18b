"""Every template's sample becomes a configuration that validates, and is recognised again."""

import pytest

from config_gen.assembly import assemble
from config_gen.documents import dump, parse
from config_gen.preview import preview
from config_gen.profile import profile
from config_gen.quality_run import run_rules
from config_gen.questions import parse_answers, questions_for
from config_gen.rows import cells_by_column
from config_gen.rules import validate
from config_gen.template_model import Template
from config_gen.templates import all_templates, get_template, sample_bytes, suggest
from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import FindingSeverity
from domain.configuration.profiles import SampleProfile
from domain.errors import BadInput, NotFound


def profiled(template: Template) -> SampleProfile:
    return profile(sample_bytes(template), template.sample.file_name)


def configured(template: Template, seen: SampleProfile) -> FeedConfig:
    answers = {"owner_team": "feeds", "owner_contact": "feeds@example.com", "channel": "#feeds"}
    proposed = {"criticality": template.criticality or "normal"}
    return assemble(seen, parse_answers(seen, {**answers, **proposed}), template)


def test_there_are_at_least_fifty() -> None:
    assert len(all_templates()) >= 50
    assert len({template.name for template in all_templates()}) == len(all_templates())


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template.name)
def test_its_sample_becomes_a_configuration_without_findings_and_rows_without_problems(
    template: Template,
) -> None:
    seen = profiled(template)
    config = configured(template, seen)
    rows = cells_by_column(config.columns, seen.preview)

    found = [finding for finding in validate(config) if finding.severity is not FindingSeverity.HINT]
    assert found == []
    assert config.load.mode is template.load
    assert parse(dump(config)) == config
    assert [row.problems for row in preview(config, rows) if row.problems] == []
    assert [result.sentence for result in run_rules(config, rows) if not result.holds] == []
    assert suggest(seen)[0].template == template or suggest(seen)[0].score >= 0.2


def test_a_sample_of_its_own_is_suggested_with_a_reason() -> None:
    best = suggest(profiled(get_template("trade_blotter")))[0]

    assert best.template.name == "trade_blotter"
    assert "*trade_id*" in best.reasons[0]


def test_the_dialog_proposes_what_the_template_usually_has() -> None:
    template = get_template("margin_calls")

    asked = {
        question.code: question.proposed for question in questions_for(profiled(template), template=template)
    }

    assert asked["criticality"] == "critical"
    assert asked["feed"] == "margin_calls"


def test_a_template_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        get_template("no_such")


@pytest.mark.parametrize(
    "answers",
    [{"owner_team": "x", "feed": "../x"}, {"owner_team": "x", "schedule": "often"}, {"owner_team": ""},
     {"owner_team": "x", "time_zone": "Mars/Base"}, {"owner_team": "x", "criticality": "huge"},
     {"owner_team": "x", "target_database": "a b"}],
)  # fmt: skip
def test_an_answer_that_cannot_be_used_is_refused_in_words(answers: dict[str, str]) -> None:
    with pytest.raises(BadInput) as refused:
        parse_answers(profiled(get_template("fx_rates")), answers)

    assert refused.value.next_step


def test_a_clock_time_is_a_daily_schedule_and_arrival_is_none() -> None:
    seen = profiled(get_template("fx_rates"))

    daily = parse_answers(seen, {"owner_team": "x", "schedule": "06:30"})
    arrival = parse_answers(seen, {"owner_team": "x", "schedule": "on arrival"})

    assert (daily.cron, daily.expected_by) == ("30 6 * * *", "06:30")
    assert arrival.cron is None
