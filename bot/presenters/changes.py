"""How a configuration change reads: what the sample says, what is asked, what is proposed, how it ended."""

from bot.cards.model import Card, Fact, Link, Section, Table, Tone
from bot.cards.text import literal, md, quote, told
from bot.presenters.change_actions import change_actions
from bot.presenters.drift import drift_facts, drift_sections
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, Proposal
from domain.configuration.feed_views import DriftReport
from domain.configuration.profiles import ColumnProfile, SampleProfile
from domain.configuration.written_forms import as_people_write
from domain.counting import counted
from domain.identity.people import Person

_COLUMNS_SHOWN = 15
_NOTES_SHOWN = 6

_WORDS: dict[ChangeState, tuple[str, Tone]] = {
    ChangeState.READING: ("Reading the sample", Tone.CALM),
    ChangeState.ASKING: ("I read your sample", Tone.CALM),
    ChangeState.BUILDING: ("Building the configuration", Tone.CALM),
    ChangeState.NEEDS_FIXING: ("This needs a decision before review", Tone.WARNING),
    ChangeState.OPENING: ("Opening the review", Tone.CALM),
    ChangeState.IN_REVIEW: ("Waits for approval", Tone.CALM),
    ChangeState.MERGING: ("Approved, merging", Tone.GOOD),
    ChangeState.MERGED: ("Merged", Tone.GOOD),
    ChangeState.FITS: ("It fits", Tone.GOOD),
    ChangeState.UNREADABLE: ("I can't read this sample", Tone.WARNING),
    ChangeState.REJECTED: ("Rejected", Tone.WARNING),
    ChangeState.EXPIRED: ("Expired", Tone.WARNING),
    ChangeState.WITHDRAWN: ("Withdrawn", Tone.CALM),
    ChangeState.SUPERSEDED: ("Superseded", Tone.CALM),
    ChangeState.FAILED: ("Not merged", Tone.DANGER),
}
_DRIFTED = ("Schema drift", Tone.WARNING)


def change_card(
    change: ConfigChange,
    requester: Person,
    profile: SampleProfile | None,
    proposal: Proposal | None,
    report: DriftReport | None = None,
) -> Card:
    """Return the card of a change as it stands; it is redrawn in place whenever the change moves."""
    title, tone = _WORDS[change.state]
    if change.state is ChangeState.ASKING and report is not None:
        title, tone = ("It fits, and you said more", Tone.CALM) if report.is_none else _DRIFTED
    name = change.feed or (profile.name if profile else "") or ", ".join(file.name for file in change.files)
    lead = _lead(change, profile, report, is_gone=proposal is not None and not proposal.yaml)
    sections: list[Section] = []
    table = None
    facts: tuple[Fact, ...] = ()
    if report is not None and change.state in (ChangeState.ASKING, ChangeState.FITS):
        facts = drift_facts(report)
        sections += drift_sections(report)
        sections += _said(change)
    elif profile is not None and change.state in (ChangeState.ASKING, ChangeState.BUILDING):
        facts = _facts(profile)
        table = _columns(profile)
        sections += _said(change)
        sections += _notes(profile)
    elif proposal is not None:
        facts = _proposal_facts(change, proposal)
        sections += proposal_sections(proposal)
    view = f"/dashboard/changes/{change.id}"
    links = (Link(label="Full view", target=view),) if proposal or profile else ()
    if change.review_url:
        links = (*links, Link(label=f"Review {change.review_number}", target=change.review_url))
    return Card(
        title=f"{title}: {name}" if name else title,
        tone=tone,
        lead=lead,
        facts=facts,
        table=table,
        sections=tuple(sections),
        actions=change_actions(change, proposal),
        links=links,
        full_view=view,
        footer=md("for {who}", who=requester.name),
        plain=f"{title}: {name}. {literal(lead)}".strip(),
    )


def proposal_sections(proposal: Proposal) -> list[Section]:
    """Return the difference in words, the findings, and the beginning of the exact difference."""
    sections, proposal = [], proposal.for_people()
    if proposal.summary:
        shown = "\n".join(told(line) for line in proposal.summary[:12])
        more = f"\n… and {len(proposal.summary) - 12} more" if len(proposal.summary) > 12 else ""
        sections.append(Section(heading="What changes", text=shown + more))
    if proposal.findings:
        lines = [
            md("{mark} **{code}** ", mark=_MARKS.get(f.severity, "·"), code=f.code)
            + told(f.sentence)
            + md(" `{place}`", place=f.place or "/")
            for f in proposal.findings[:_NOTES_SHOWN]
        ]
        if len(proposal.findings) > _NOTES_SHOWN:
            lines.append(f"… and {len(proposal.findings) - _NOTES_SHOWN} more")
        sections.append(Section(heading="Findings", text="\n".join(lines)))
    if proposal.diff:
        sections.append(Section(heading="Difference", text=_head(proposal.diff, 30), is_code=True))
    return sections


_MARKS = {"error": "✕ error", "warning": "! warning", "hint": "· hint"}


_MERGED_AS = {
    (ChangeKind.REVERT, False): "is as it was before that change",
    (ChangeKind.REVERT, True): "is configured no more: before that change there was no such feed",
    (ChangeKind.RETIRE, True): "is retired: it is configured and watched no more",
    (ChangeKind.RETIRE, False): "was retired, and is configured again since",
}
"""What a merged change that goes back did, by whether the feed is gone."""


def _lead(
    change: ConfigChange, profile: SampleProfile | None, report: DriftReport | None, *, is_gone: bool = False
) -> str:
    if change.sentence:
        waits = f" {_in_review(change)}" if change.state is ChangeState.IN_REVIEW else ""
        return told(change.sentence) + waits
    if change.state is ChangeState.READING:
        names = ", ".join(file.name for file in change.files)
        return md("I'm reading {names}.", names=names)
    if change.state is ChangeState.ASKING and report is not None and report.is_none:
        return md(
            "It has the shape of {file}. What you wrote beside it changes the configuration of **{feed}**:"
            " one press asks the approvers.",
            file=report.compared_with,
            feed=change.feed,
        )
    if change.state is ChangeState.ASKING and change.drift is not None:
        return md(
            "This looks like the next file of **{feed}**, but it has drifted. One press carries the"
            " configuration over and asks the approvers.",
            feed=change.feed,
        )
    if change.state is ChangeState.ASKING and profile is not None:
        rows = (
            counted(profile.records, "row")
            if not profile.sampled
            else f"about {counted(profile.records_estimated, 'row')}"
        )
        return md(
            "**{rows}**, **{columns}**, {format}. I need a few answers that no sample can give.",
            rows=rows,
            columns=counted(len(profile.columns), "column"),
            format=profile.format_evidence or profile.format.value,
        )
    if change.state is ChangeState.BUILDING and change.kind is ChangeKind.REVERT:
        return md(
            "Bringing back the configuration of **{feed}** before `{sha}`.",
            feed=change.feed,
            sha=change.revert_to[:10],
        )
    if change.state is ChangeState.BUILDING and change.kind is ChangeKind.RETIRE:
        return md("Taking the configuration of **{feed}** away.", feed=change.feed)
    if change.state is ChangeState.IN_REVIEW:
        return _in_review(change)
    if change.state is ChangeState.MERGED:
        what = _MERGED_AS.get((change.kind, is_gone), "is configured")
        said = "**{feed}** {what}. The commit is `{sha}`."
        return md(said, feed=change.feed, what=what, sha=change.head_sha[:10])
    return ""


def _in_review(change: ConfigChange) -> str:
    said = "Review {number} is open. The card in the approvers' channel decides it."
    return md(said, number=change.review_number)


def _facts(profile: SampleProfile) -> tuple[Fact, ...]:
    facts = [Fact(label="Format", value=quote(_format(profile)))]
    if profile.encoding:
        facts.append(Fact(label="Encoding", value=quote(profile.encoding)))
    if profile.header is not None:
        where = f"row {profile.header.row + 1}" if profile.header.present else "none"
        facts.append(Fact(label="Header", value=where))
    if profile.keys:
        best = profile.keys[0]
        facts.append(
            Fact(
                label="Key",
                value=md("**{names}**: {proof}", names=" + ".join(best.columns), proof=best.proof),
            )
        )
    else:
        facts.append(Fact(label="Key", value="no column or pair of columns tells all rows apart"))
    if profile.watermarks:
        facts.append(Fact(label="Watermark", value=quote(profile.watermarks[0].column)))
    return tuple(facts)


def _format(profile: SampleProfile) -> str:
    shown = profile.format.value.replace("_", " ")
    if profile.dialect is not None:
        names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
        shown += f", {names.get(profile.dialect.delimiter, profile.dialect.delimiter)} between columns"
    if profile.container:
        shown += f", inside {' inside '.join(profile.container)}"
    return shown


def _columns(profile: SampleProfile) -> Table:
    rows = tuple(
        (f"**{quote(c.name)}**", quote(_type(c)), quote(_evidence(c)))
        for c in profile.columns[:_COLUMNS_SHOWN]
    )
    return Table(columns=("Column", "Type", "Evidence"), rows=rows)


def _evidence(column: ColumnProfile) -> str:
    return as_people_write(column.evidence) if column.format else column.evidence


def _type(column: ColumnProfile) -> str:
    shown = column.type.value
    if column.format and column.format != "iso":
        shown += f" {as_people_write(column.format)}"
    if column.meaning is not None:
        shown += f" ({column.meaning.label})"
    return shown if not column.nullable else f"{shown}, optional"


def _notes(profile: SampleProfile) -> list[Section]:
    notes = []
    if len(profile.columns) > _COLUMNS_SHOWN:
        rest = ", ".join(c.name for c in profile.columns[_COLUMNS_SHOWN : _COLUMNS_SHOWN + 30])
        notes.append(
            Section(heading=counted(len(profile.columns) - _COLUMNS_SHOWN, "more column"), text=quote(rest))
        )
    unsure = [question.text for question in profile.questions] + list(profile.warnings)
    if unsure:
        text = "\n".join(f"• {quote(line)}" for line in unsure[:_NOTES_SHOWN])
        notes.append(Section(heading="What I am unsure of", text=text))
    return notes


def _said(change: ConfigChange) -> list[Section]:
    """Return what people said of the sample, which counts more than what was read from it."""
    if not change.corrections:
        return []
    text = "\n".join(f"• {told(one.say)}" for one in change.corrections[:_NOTES_SHOWN])
    more = len(change.corrections) - _NOTES_SHOWN
    return [Section(heading="What you said of it", text=f"{text}\n… and {more} more" if more > 0 else text)]


def _proposal_facts(change: ConfigChange, proposal: Proposal) -> tuple[Fact, ...]:
    facts = [
        Fact(label="Feed", value=md("**{feed}**", feed=proposal.feed)),
        Fact(label="Owner", value=quote(proposal.owner or "none")),
        Fact(label="Criticality", value=quote(proposal.criticality or "none")),
    ]
    if change.goes_back:
        facts.append(Fact(label="Kind", value=change.kind.value))
    if proposal.template:
        facts.append(Fact(label="Template", value=quote(proposal.template.replace("_", " "))))
    return tuple(facts)


def _head(text: str, lines: int) -> str:
    rows = text.splitlines()
    shown = "\n".join(row[:160] for row in rows[:lines])
    return (
        shown
        if len(rows) <= lines
        else f"{shown}\n… {counted(len(rows) - lines, 'more line')}: press Show everything"
    )
