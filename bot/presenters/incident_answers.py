"""How a diagnosis reads: ranked causes, how sure, what was looked at, what would decide."""

from bot.cards.model import Section
from bot.cards.text import md, quote, told
from domain.counting import counted
from domain.investigation.diagnosis import Hypothesis, SuspectChange, Verdict
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.evidence import ChangeKind
from domain.investigation.incidents import Incident, LabelKind

_CAUSES = 4
_CLAIMS = 3
_MOST_PERCENT = 99
"""No diagnosis is certain, and none this sure was right every time."""


def lead_sentence(incident: Incident, report: DiagnosisReport | None) -> str:
    """Return the answer in one sentence."""
    if incident.sentence:
        return told(incident.sentence)
    if report is None:
        return "I'm gathering evidence; the answer is here within seconds."
    answer = _answer(incident, report)
    return f"{answer} {quote(report.looked)}." if report.looked else answer


def _answer(incident: Incident, report: DiagnosisReport) -> str:
    diagnosis = report.diagnosis
    true = incident.true_cause()
    if true:
        return md("People say that it was **{cause}**.", cause=true)
    if diagnosis.as_usual:
        return md("**Nothing stands out**: {what}.", what=diagnosis.as_usual)
    causes = causes_of(report)
    if diagnosis.nobodys:
        return md("**No single service**: {what}", what=diagnosis.nobodys)
    if diagnosis.verdict is Verdict.INCONCLUSIVE or not causes:
        return "**Inconclusive.** The evidence does not carry an answer; below is what would decide it."
    first = causes[0]
    return md(
        "{likely} **{cause}**{itself}: {why}.",
        likely=diagnosis.how_likely.capitalize(),
        cause=first.service,
        itself=" itself" if incident.about == f"feed/{first.service}" else "",
        why=first.claims[0].text.rstrip("."),
    )


def causes_of(report: DiagnosisReport | None) -> list[Hypothesis]:
    """Return the causes that something measured speaks for, best first."""
    if report is None or report.diagnosis.confidence <= 0 or report.diagnosis.as_usual:
        return []  # a name that was only mentioned, or that stirred as all do, is no cause
    return [hypothesis for hypothesis in report.diagnosis.hypotheses if hypothesis.claims]


def how_sure(report: DiagnosisReport) -> str:
    """Return the confidence, and how often such confidence was right."""
    percent = f"{min(100 * report.diagnosis.confidence, _MOST_PERCENT):.0f}%"
    record = report.record
    if record is None or record.judged == 0:
        return f"{percent}; no diagnosis this sure has been judged yet"
    where = "judged here" if record.source == "here" else f"of {record.source}"
    return md(
        "{percent}; {right} of {judged} {where} with such confidence were right",
        percent=percent,
        right=record.right,
        judged=record.judged,
        where=where,
    )


def answer_sections(incident: Incident, report: DiagnosisReport) -> list[Section]:
    """Return the causes with their evidence and everything that helps to judge them."""
    diagnosis = report.diagnosis
    sections = []
    causes = _causes(incident, report)
    if causes:
        heading = "Where it shows" if diagnosis.nobodys else "Causes, most likely first"
        sections.append(Section(heading=heading, text="\n".join(causes)))
    if report.wording:
        text = md("{words} *Worded by a language model, checked against the evidence.*", words=report.wording)
        sections.append(Section(heading="In words", text=text))
    elif incident.words:
        text = md("{words} *A language model is writing; what it cites is checked.*", words=incident.words)
        sections.append(Section(heading="In words", text=text))
    if len(diagnosis.chain) > 1:
        steps = [md("{n}. {text}", n=n + 1, text=step.text) for n, step in enumerate(diagnosis.chain)]
        sections.append(Section(heading="How it travelled", text="\n".join(steps)))
    if diagnosis.changes:
        lines = [change_line(change) for change in diagnosis.changes]
        sections.append(Section(heading="Changes that could have done it", text="\n".join(lines)))
    if to_decide := [text for text in diagnosis.would_decide if text != diagnosis.nobodys]:
        lines = [f"• {quote(text)}" for text in to_decide]
        sections.append(Section(heading="What would decide it", text="\n".join(lines)))
    if report.alike:
        lines = [
            md("`{id}` {title}: {cause}", id=a.incident, title=a.title, cause=a.cause or "cause not recorded")
            for a in report.alike
        ]
        sections.append(Section(heading="Alike before", text="\n".join(lines)))
    sections.append(Section(heading="What I looked at", text="\n".join(coverage_lines(report))))
    return sections


def change_line(change: SuspectChange) -> str:
    """Return a change that may have done it; ids of others than commits say nothing to people."""
    kind, service, why = change.kind, change.service or "unknown", ", ".join(change.why)
    if change.kind in (ChangeKind.COMMIT, ChangeKind.CONFIG):
        return md(
            "**{kind}** `{id}` on {service}: {why}",
            kind=kind, id=change.change_id[:12], service=service, why=why,
        )  # fmt: skip
    return md("**{kind}** on {service}: {why}", kind=kind, service=service, why=why)


def coverage_lines(report: DiagnosisReport) -> list[str]:
    """Return what was read, left out and unavailable, and what a model cost."""
    seen = report.diagnosis.coverage
    counts = ", ".join(_kinds(count, kind) for kind, count in seen.looked_at if count)
    lines = [f"Read: {quote(counts)}, in {report.seconds:.1f} s" if counts else "Read: nothing"]
    lines += [f"Left out: {quote(text)}" for text in seen.dropped[:4]]
    lines += [f"Unavailable: {quote(text)}" for text in seen.unavailable[:5]]
    lines += [f"Counts less: {quote(text)}" for text in seen.weighed_down[:3]]
    if report.model is not None:
        use = report.model
        money = f", {use.cost_micros / 1e6:.4f} in money" if use.cost_micros else ""
        spent = (
            f"Language model: {counted(use.calls, 'call')},"
            f" {counted(use.tokens, 'token')}, {use.seconds:.1f} s{money}"
        )
        lines.append(spent + (f"; {quote(use.trouble)}" if use.trouble else ""))
        if report.spent.calls:
            total = report.spent.plus(use)
            lines.append(
                f"For this incident so far: {counted(total.calls, 'call')}, {counted(total.tokens, 'token')}"
            )
        if use.left_out:
            lines.append(f"Cut for the model: {counted(use.left_out, 'line')} that did not fit its room")
        lines += [f"Removed from the model's answer: {quote(text)}" for text in use.removed[:3]]
    return lines


def _causes(incident: Incident, report: DiagnosisReport) -> list[str]:
    lines = []
    # Whoever rules out all there was still reads what had spoken for it.
    causes = causes_of(report) or [
        one for one in report.diagnosis.hypotheses if one.claims and incident.is_ruled_out(one.service)
    ]
    is_said = {label.cause for label in incident.labels if label.kind is LabelKind.WAS}
    for place, hypothesis in enumerate(causes[:_CAUSES]):
        claims = "; ".join(claim.text for claim in hypothesis.claims[:_CLAIMS])
        more = len(hypothesis.claims) - _CLAIMS
        tail = f" and {more} more" if more > 0 else ""
        mark = ""
        if incident.is_ruled_out(hypothesis.service):
            mark = " *people say: not this*"
        elif hypothesis.service in is_said:
            mark = " *people say: this it was*"
        source = " *(a language model's idea)*" if hypothesis.source == "model" else ""
        share = f"{100 * hypothesis.share:.0f}% of the blame" if hypothesis.source == "rules" else "no blame"
        if report.diagnosis.nobodys:
            share = f"{100 * hypothesis.share:.0f}% of what was measured"
        lines.append(
            md("{n}. **{cause}**, {share}: {claims}{tail}", n=place + 1, cause=hypothesis.service,
               share=share, claims=claims, tail=tail)
            + source + mark
        )  # fmt: skip
    return lines


def _kinds(count: int, kind: str) -> str:
    return counted(count, kind if kind == "series" else kind.removesuffix("s"), kind)
