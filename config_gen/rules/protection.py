"""Security and classification: secrets stay out, persons stay protected, law is kept."""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from config_gen.documents import document_of, pointer
from config_gen.meanings import SECRETS
from config_gen.rules.frame import ERROR, HINT, WARNING, Family, Fault, Subject, append, put
from config_gen.secret_scan import find_secrets
from domain.configuration.changes import HOLDS_SECRET
from domain.configuration.feed_columns import PersonalData, Treatment
from domain.configuration.feed_operation import Classification
from domain.configuration.feed_rules import Step
from domain.configuration.feed_source import SourceKind
from domain.configuration.reviews import visible

family = Family("protection")
_NEAR = frozenset({PersonalData.DIRECT, PersonalData.SENSITIVE})
_ALWAYS_PERSONAL = frozenset(
    {
        "person_name",
        "first_name",
        "last_name",
        "national_id",
        "passport",
        "credit_card",
        "date_of_birth",
        "password",
    }
)
_TELLING_NAMES = re.compile(
    r"(^|_)(password|passwd|ssn|social_security|passport|credit_card|card_number|pan|cvv|national_id|tax_id|"
    r"salary|date_of_birth|birth_date|dob|e_?mail|phone|mobile|home_address|diagnosis|religion)(_|$)"
)
_NEVER_READ = SECRETS | {"credit_card"}
_OUT_OF_SIGHT = frozenset({Treatment.TOKENIZE, Treatment.ENCRYPT, Treatment.DROP})
_STEPS = {
    Treatment.MASK: Step.MASK,
    Treatment.HASH: Step.HASH,
    Treatment.TOKENIZE: Step.TOKENIZE,
    Treatment.ENCRYPT: Step.ENCRYPT,
    Treatment.DROP: Step.DROP,
}
_NEEDS_LINEAGE = frozenset({"BCBS239", "MIFID", "MIFIDII", "EMIR", "SFTR", "SOX"})


@family.rule("SEC001", ERROR, "Personal data is treated before anybody reads it.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.personal_data in _NEAR and column.treatment is Treatment.NONE:
            better = "tokenize" if column.personal_data is PersonalData.SENSITIVE else "mask"
            yield Fault(
                pointer("columns", number, "treatment"),
                f"*{column.name}* is {column.personal_data.value} personal data and would be shown as it is.",
                put(f"{better.capitalize()} it", "columns", number, "treatment", value=better),
            )


@family.rule("SEC002", ERROR, "Personal data is confidential.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    open_to_all = config.governance.classification in {Classification.PUBLIC, Classification.INTERNAL}
    named = [column.name for column in config.columns if column.personal_data in _NEAR]
    if open_to_all and named:
        yield Fault(
            "/governance/classification",
            f"The data is *{config.governance.classification.value}*, but *{named[0]}* is personal.",
            put("Make it confidential", "governance", "classification", value="confidential"),
        )


@family.rule("SEC003", ERROR, "A treatment is also carried out.")
def _(subject: Subject) -> Iterator[Fault]:
    done = {(name, step.step) for step in subject.config.transformations for name in step.columns}
    for number, column in enumerate(subject.config.columns):
        step = _STEPS.get(column.treatment)
        if step is not None and (column.name, step) not in done:
            entry = {"id": f"protect_{column.name}"[:80], "step": step.value, "columns": [column.name],
                     "reason": "The column holds personal data."}  # fmt: skip
            yield Fault(
                pointer("columns", number, "treatment"),
                f"*{column.name}* should get *{column.treatment.value}*, but no step does it.",
                append("Add the step", "transformations", value=entry),
            )


@family.rule(HOLDS_SECRET, ERROR, "No secret stands in a configuration.")
def _(subject: Subject) -> Iterator[Fault]:
    texts = [(place, f"{name}: {text}") for place, name, text in _texts(document_of(subject.config), "", "")]
    one_a_line = "\n".join(" ".join(text.splitlines()) for _, text in texts)
    for secret in find_secrets(one_a_line):
        yield Fault(
            texts[secret.line - 1][0],
            f"This looks like {secret.kind}. Many read a configuration; change the secret.",
        )


@family.rule("SEC005", ERROR, "A credential is only referred to.")
def _(subject: Subject) -> Iterator[Fault]:
    source = subject.config.source
    remote = {SourceKind.SFTP, SourceKind.DATABASE}
    if source.kind in remote and source.credential is None:
        yield Fault(
            "/source/credential",
            f"A source of kind *{source.kind.value}* needs a credential; say where it is kept.",
            put("Refer to the vault", "source", "credential", value=f"vault://feeds/{subject.config.feed}"),
        )


@family.rule("SEC006", ERROR, "Personal data and regulated data is not kept for ever.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    personal = any(column.personal_data is not PersonalData.NONE for column in config.columns)
    if (personal or config.governance.regulations) and config.governance.retention_days is None:
        yield Fault(
            "/governance/retention_days",
            "Nothing says for how long this data may be kept.",
            put("Keep it seven years", "governance", "retention_days", value=2557),
        )


@family.rule("SEC007", HINT, "The rows of one person can be found, when they ask for it.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if "GDPR" in config.governance.regulations and config.governance.erasure_column is None:
        yield Fault("/governance/erasure_column", "Nothing says by which column a person's rows are found.")


@family.rule("SEC008", ERROR, "What is always about persons is called personal data.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.meaning in _ALWAYS_PERSONAL and column.personal_data is PersonalData.NONE:
            near = "indirect" if column.meaning == "date_of_birth" else "direct"
            yield Fault(
                pointer("columns", number, "personal_data"),
                f"*{column.name}* holds values of the kind {column.meaning}, but counts as no personal data.",
                put(f"Call it {near}", "columns", number, "personal_data", value=near),
            )


@family.rule("SEC009", HINT, "A name that sounds like a person's data is looked at twice.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.personal_data is PersonalData.NONE and _TELLING_NAMES.search(column.name):
            yield Fault(
                pointer("columns", number, "personal_data"),
                f"*{column.name}* sounds like personal data, but counts as none.",
            )


@family.rule("SEC010", ERROR, "Card numbers, passwords and keys are never stored so that they can be read.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.meaning in _NEVER_READ and column.treatment not in _OUT_OF_SIGHT:
            yield Fault(
                pointer("columns", number, "treatment"),
                f"*{column.name}* must be replaced by a token, encrypted or dropped.",
                put("Tokenize it", "columns", number, "treatment", value="tokenize"),
            )


@family.rule("SEC011", WARNING, "What law asks to be traced says where it comes from and who reads it.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    asked = [
        rule for rule in config.governance.regulations if rule.upper().replace(" ", "") in _NEEDS_LINEAGE
    ]
    if asked and not (config.lineage.upstream and config.lineage.consumers):
        yield Fault("/lineage", f"{asked[0]} asks for lineage: name what this is made from and who reads it.")


@family.rule("SEC012", ERROR, "Messages to machines go over a protected line.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, channel in enumerate(subject.config.notification.channels):
        if channel.kind == "webhook" and not channel.address.startswith("https://"):
            yield Fault(
                pointer("notification", "channels", number, "address"),
                "A webhook's address must begin with https.",
            )


@family.rule("SEC013", WARNING, "Files come over a protected line.")
def _(subject: Subject) -> Iterator[Fault]:
    location = subject.config.source.location.lower()
    if re.match(r"(http|ftp|telnet)://", location):
        yield Fault(
            "/source/location",
            f"Files come over {location.split(':')[0]}, which anybody on the way can read.",
        )


@family.rule("SEC014", ERROR, "Texts hold nothing that people cannot see.")
def _(subject: Subject) -> Iterator[Fault]:
    for place, _name, text in _texts(document_of(subject.config), "", ""):
        if _is_reading_text(place) and visible(text.replace("\n", " ").replace("\t", " ")) != text.replace(
            "\n", " "
        ).replace("\t", " "):
            yield Fault(
                place, "This text holds characters that people cannot see; it may not say what it seems to."
            )


@family.rule("SEC015", WARNING, "Raw rows are not kept longer than the data may be.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    most, bronze = config.governance.retention_days, config.target.bronze.keep_days
    if most is not None and bronze is not None and bronze > most:
        yield Fault(
            "/target/bronze/keep_days",
            f"The bronze table keeps rows {bronze} days, but the data may be kept only {most}.",
            put(f"Keep them {most} days", "target", "bronze", "keep_days", value=most),
        )


@family.rule("SEC016", ERROR, "What a court holds is not removed.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    tables = (config.target.silver, config.target.gold)
    if config.governance.legal_hold and any(table is not None and table.keep_days for table in tables):
        yield Fault("/governance/legal_hold", "By order of law nothing may be deleted, but a table expires.")


@family.rule("WAV001", ERROR, "A waiver is still valid.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, waiver in enumerate(subject.config.waivers):
        if subject.today is not None and waiver.until < subject.today.isoformat():
            yield Fault(
                pointer("waivers", number),
                f"The waiver of {waiver.rule} by {waiver.approved_by} ended {waiver.until}.",
            )


def _is_reading_text(place: str) -> bool:
    # Signs and headers of the file itself stay as they are, line ends included: they are no words of ours.
    return not place.startswith(("/format/", "/columns/")) or place.endswith(("/description", "/unit"))


def _texts(value: JsonValue, place: str, name: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, str):
        yield place, name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{place}{pointer(key)}", key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{place}/{number}", name)
