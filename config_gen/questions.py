"""What to ask a person about a sample, each with a sensible answer filled in; and how answers are read."""

import re
from collections.abc import Mapping
from zoneinfo import available_timezones

from pydantic import ValidationError

from config_gen.cron import parse_cron
from config_gen.meanings import SECRETS
from config_gen.naming import feed_name_from
from config_gen.template_model import Template
from domain.configuration.feed_config import Criticality
from domain.configuration.feed_operation import Classification
from domain.configuration.onboarding import AnswerKind, FormQuestion, OnboardingAnswers
from domain.configuration.profiles import SampleProfile
from domain.configuration.written_forms import as_people_write
from domain.errors import BadInput
from domain.ids import feed_name

ON_ARRIVAL = "on arrival"
SHEET = "sheet"
_MOST_READINGS = 5
_CRITICALITIES = (
    ("low", "low: nobody waits for it"),
    ("normal", "normal: people notice within a day"),
    ("high", "high: work stops when it is late"),
    ("critical", "critical: money or law depends on it"),
)
_CLASSES = (
    ("public", "public"),
    ("internal", "internal: everybody here"),
    ("confidential", "confidential: named teams"),
    ("restricted", "restricted: named people"),
)


def questions_for(
    profile: SampleProfile, *, team: str = "", channel: str = "", template: Template | None = None
) -> list[FormQuestion]:
    """Return what the sample cannot say, in the order of the dialog; readings of ambiguous values come last.

    Args:
        profile: What was measured on the sample.
        team: The asker's own team, proposed as owner.
        channel: Where the file was dropped, proposed as the place to hear about the feed.
        template: The template that fits the sample, whose usual answers are proposed.
    """
    feed = feed_name_from(profile.name)
    return [
        FormQuestion(
            code="feed",
            label="Feed name",
            proposed=feed,
            help="2 to 63 of a-z, 0-9 and _, beginning with a letter.",
        ),
        FormQuestion(code="owner_team", label="Owning team", proposed=team),
        FormQuestion(
            code="schedule",
            label="When is it loaded",
            proposed="0 6 * * 1-5",
            help=f"Cron (minute hour day month weekday), a time such as 06:30, or '{ON_ARRIVAL}'.",
        ),
        FormQuestion(
            code="time_zone",
            label="Time zone of the schedule",
            proposed=_zone(profile),
            help="Such as Europe/Paris.",
        ),
        FormQuestion(
            code="target_database",
            label="Target database",
            proposed=feed.split("_", 1)[0] if "_" in feed else "landing",
            help="Tables land in <database>_bronze and <database>_silver.",
        ),
        FormQuestion(
            code="criticality",
            label="How critical is it",
            kind=AnswerKind.CHOICE,
            proposed=(template.criticality if template else None) or "normal",
            choices=_CRITICALITIES,
        ),
        FormQuestion(
            code="classification",
            label="Who may read it",
            kind=AnswerKind.CHOICE,
            proposed=_classification(profile, template),
            choices=_CLASSES,
        ),
        FormQuestion(
            code="channel",
            label="Where to tell people",
            proposed=channel,
            required=False,
            help="Such as #feeds.",
        ),
        *_sheet_question(profile),
        *_reading_questions(profile),
    ]


def parse_answers(profile: SampleProfile, answers: dict[str, str]) -> OnboardingAnswers:
    """Return the dialog's texts as answers; what was left out takes the proposed answer.

    Raises:
        BadInput: An answer cannot be used; the sentence names the input and what would do.
    """
    proposed = {question.code: question.proposed for question in questions_for(profile)}
    given = {code: text.strip() for code, text in answers.items() if text.strip()}
    text = {**proposed, **given}
    _refuse_other_delimiter(profile, text)
    cron, expected_by = read_schedule(text["schedule"])
    if not text["owner_team"]:
        raise _refused("owner_team", "it is empty", "Name the team that answers for the feed.")
    if text["time_zone"] not in available_timezones():
        raise _refused(
            "time_zone", f"I know no zone {text['time_zone'][:40]!r}", "Take one such as Europe/Paris."
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", text["target_database"]):
        raise _refused(
            "target_database", "it is no database name", "Use a-z, 0-9 and _, beginning with a letter."
        )
    try:
        return OnboardingAnswers(
            feed=feed_name(text["feed"]),
            owner_team=text["owner_team"],
            owner_contact=text.get("owner_contact", ""),
            criticality=Criticality(text["criticality"]),
            source_system=text.get("source_system", ""),
            cron=cron,
            expected_by=expected_by,
            time_zone=text["time_zone"],
            target_database=text["target_database"],
            channel=text["channel"],
            classification=Classification(text["classification"]).value,
            readings={
                code.removeprefix("reading:"): choice
                for code, choice in text.items()
                if code.startswith("reading:")
            },
        )
    except (ValueError, ValidationError) as error:
        raise _refused("answers", "one of them is none of the choices", "Open the dialog again.") from error


def _refuse_other_delimiter(profile: SampleProfile, text: Mapping[str, str]) -> None:
    """Refuse a delimiter that the sample was not read by: its columns are other ones then."""
    for question in profile.questions:
        read = question.readings[0].option if question.code == "delimiter" and question.readings else ""
        chosen = text.get("reading:delimiter:", read)
        if read and chosen != read:
            raise _refused(
                "delimiter",
                f"the sample was read by {read}, and its columns are those",
                f"Drop the file again with its texts in quotes, so that only {chosen} parts cells.",
            )


def read_schedule(text: str) -> tuple[str | None, str | None]:
    """Return cron and the local time of arrival for what a person wrote; both None for *on arrival*.

    Raises:
        BadInput: It is none of the three ways to say it.
    """
    if text.lower() in {ON_ARRIVAL, "arrival"}:
        return None, None
    clock = re.fullmatch(r"([01]?\d|2[0-3])[:.h]([0-5]\d)", text)
    if clock:
        hour, minute = int(clock[1]), int(clock[2])
        return f"{minute} {hour} * * *", f"{hour:02d}:{minute:02d}"
    cron = parse_cron(text)
    first_hour, first_minute = min(cron.hours), min(cron.minutes)
    return " ".join(text.split()), f"{first_hour:02d}:{first_minute:02d}" if cron.runs_a_day() == 1 else None


def _sheet_question(profile: SampleProfile) -> list[FormQuestion]:
    if len(profile.sheets) < 2:
        return []
    return [
        FormQuestion(
            code=SHEET,
            label="Which sheet",
            kind=AnswerKind.CHOICE,
            proposed=profile.sheet,
            choices=tuple((name, name) for name in dict.fromkeys((profile.sheet, *profile.sheets))),
            help="I read the one that is chosen here; for another one I read the workbook again.",
        )
    ]


def _reading_questions(profile: SampleProfile) -> list[FormQuestion]:
    return [
        FormQuestion(
            code=f"reading:{question.code}:{question.column or ''}",
            label=question.text[:150],
            kind=AnswerKind.CHOICE,
            proposed=question.readings[0].option,
            choices=tuple(
                (reading.option, f"{as_people_write(reading.option)}: {reading.means}")
                for reading in question.readings
            ),
            help=f"On the value {question.value!r}." if question.value else "",
        )
        for question in profile.questions
        if question.readings
    ][:_MOST_READINGS]


def _zone(profile: SampleProfile) -> str:
    zones = {column.timezone for column in profile.columns if column.timezone}
    known = sorted(zone for zone in zones if zone in available_timezones())
    return known[0] if len(known) == 1 else "UTC"


def _classification(profile: SampleProfile, template: Template | None) -> str:
    if any(column.meaning is not None and column.meaning.label in SECRETS for column in profile.columns):
        return Classification.RESTRICTED.value
    usual = template.classification if template else None
    personal = any(column.meaning is not None and column.meaning.personal for column in profile.columns)
    if usual is not None and (
        not personal or usual in {Classification.CONFIDENTIAL, Classification.RESTRICTED}
    ):
        return usual.value
    return "confidential" if personal else "internal"


def _refused(code: str, why: str, next_step: str) -> BadInput:
    return BadInput(
        f"answer {code} refused", say=f"The answer for *{code}* can't be used: {why}.", next_step=next_step
    )
