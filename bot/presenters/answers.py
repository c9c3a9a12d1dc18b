"""How an answer reads: the passage quoted with where it comes from, or "I don't know" and who might."""

import re
from collections.abc import Mapping

from bot.cards.model import Action, ActionStyle, Card, Fact, Link, Section, Tone
from bot.cards.text import literal, md, quote, told
from domain.counting import counted
from domain.errors import NotFound
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import Answer, AnswerKind, ArticleState, Citation, OutcomeKind
from domain.knowledge.library import AskedQuestion, Tally, passage_path
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting

FENCED_CODE = re.compile(
    r"^\s*(?P<fence>```|~~~)[^\n]*\n(?P<code>.*?)(?:^\s*(?P=fence)\s*$|\Z)", re.MULTILINE | re.DOTALL
)
_HEADING = re.compile(r"^#{1,6}\s+")
_BULLET = re.compile(r"^(\s*)[*+-]\s+")
_WRAPPED = re.compile(r"(?<![\w*`\\])(\*\*|\*|`)(?=\S)[^*`\\]{1,200}?(?<=\S)\1(?![\w*`])")
"""What an article marks across the end of a line."""
_LONGEST_SECTION = 1_500
_LABEL = 70
_QUOTED = 2
_PROSE = frozenset({AnswerKind.WRITING, AnswerKind.WRITTEN})

VOTES: Mapping[str, tuple[OutcomeKind, str]] = {
    "kb.helpful": (OutcomeKind.HELPFUL, "Helpful"),
    "kb.unhelpful": (OutcomeKind.UNHELPFUL, "Not helpful"),
    "kb.worked": (OutcomeKind.WORKED, "Worked for me"),
    "kb.outdated": (OutcomeKind.OUT_OF_DATE, "Out of date"),
    "kb.wrong": (OutcomeKind.WRONG, "Wrong"),
}


def paint_question(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card of a question as it stands, with what people said of its answer."""
    asked = uow.questions.get(posting.subject.removeprefix("question/"))
    articles = [one.article for one in asked.answer.citations]
    tallies = uow.article_outcomes.tallies(articles)
    wanted = {c.owner for c in asked.answer.citations if c.owner} | {
        *asked.answer.who_might_know,
        *asked.asked_people,
    }
    card = question_card(asked, tallies, names_of(uow, wanted))
    if any(_is_gone(uow, one.article) for one in asked.answer.citations[:1]):
        lead = "This article has been taken out of the library since; it may be wrong."
        return card.model_copy(update={"lead": lead, "tone": Tone.WARNING, "plain": f"{lead} {card.plain}"})
    return card


def _is_gone(uow: UnitOfWork, article: ArticleId) -> bool:
    entry = uow.articles.find(article)
    return entry is not None and entry.article.state is ArticleState.RETIRED


def names_of(uow: UnitOfWork, people: set[PersonId]) -> dict[PersonId, str]:
    """Return the names of people; who is gone keeps their id."""
    found: dict[PersonId, str] = {}
    for person in people:
        try:
            found[person] = uow.people.get(person).name
        except NotFound:
            found[person] = str(person)
    return found


def question_card(
    asked: AskedQuestion, tallies: Mapping[ArticleId, Tally], names: Mapping[PersonId, str]
) -> Card:
    """Return the card of a question."""
    if asked.answer.kind is AnswerKind.UNKNOWN:
        return _unknown(asked, names)
    return _answered(asked, tallies, names)


def passage_sections(text: str, heading: str = "") -> tuple[Section, ...]:
    """Return a passage as sections: its prose with what it emphasises, its code exactly."""
    made: list[Section] = []
    at = 0
    for match in FENCED_CODE.finditer(text):
        made += _prose(text[at : match.start()], "" if made else heading)
        code = match["code"].rstrip()[:_LONGEST_SECTION]
        if code.strip():
            made.append(Section(text=code, heading="" if made else heading, is_code=True))
        at = match.end()
    return tuple(made + _prose(text[at:], "" if made else heading))


def article_prose(text: str) -> str:
    """Return prose of an article as small Markdown: what it emphasises, and nothing else, is drawn."""
    lines = [_BULLET.sub(r"\1• ", _HEADING.sub("", line)).rstrip() for line in text.strip().split("\n")]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return told(_WRAPPED.sub(lambda marked: marked.group().replace("\n", " "), joined))


def _prose(text: str, heading: str) -> list[Section]:
    kept = text.strip()[:_LONGEST_SECTION]
    return [Section(text=article_prose(kept), heading=heading)] if kept else []


def _answered(
    asked: AskedQuestion, tallies: Mapping[ArticleId, Tally], names: Mapping[PersonId, str]
) -> Card:
    answer = asked.answer
    first = answer.citations[0]
    tally = tallies.get(first.article, Tally())
    sections: tuple[Section, ...]
    if answer.kind in _PROSE:
        sections = (Section(text=told(answer.text)),)
    else:
        sections = tuple(
            section
            for one in answer.citations[:_QUOTED]
            for section in passage_sections(one.quote, _place(one, first, len(answer.citations) > 1))
        )
    return Card(
        title=_cut(first.title, 140),
        tone=Tone.WARNING if first.stale or tally.of(OutcomeKind.WRONG) else Tone.CALM,
        lead=_lead(answer, tally),
        facts=_facts(first, tally, names),
        sections=sections,
        actions=_votes(asked),
        links=_links(answer),
        footer=_footer(asked),
        plain=_plain(answer, first, tally),
    )


def _place(one: Citation, first: Citation, numbered: bool) -> str:
    """Return where a quote stands; the card's title already names the first one's article."""
    named = [one.title] if one.article != first.article else []
    heading = _cut(": ".join([*named, *([one.heading] if one.heading else [])]) or one.title, 120)
    return f"[{one.number}] {heading}" if numbered else heading


def _lead(answer: Answer, tally: Tally) -> str:
    known = _doubts(answer.citations[0], tally)
    parts = " and ".join(answer.unanswered)[:400]
    unknown = md("I don't know this part: *{parts}*.", parts=parts) if parts else ""
    return " ".join(one for one in (unknown, known, *map(told, answer.remarks)) if one)


def _doubts(first: Citation, tally: Tally) -> str:
    if tally.of(OutcomeKind.WRONG):
        return "Somebody said that this is wrong; read it with care."
    if first.stale or tally.of(OutcomeKind.OUT_OF_DATE):
        return "This may be out of date: people said so, or it waits for review."
    return ""


def _facts(first: Citation, tally: Tally, names: Mapping[PersonId, str]) -> tuple[Fact, ...]:
    facts = [Fact(label="Source", value=quote(_source(first)))]
    if first.updated_at is not None:
        facts.append(Fact(label="Last changed", value=f"{first.updated_at:%d %b %Y}"))
    owner = names.get(first.owner, str(first.owner)) if first.owner else "nobody yet"
    facts.append(Fact(label="Owner", value=quote(owner)))
    facts.append(Fact(label="What people said", value=said(tally)))
    return tuple(facts)


def said(tally: Tally) -> str:
    """Return what people said of an article, in words."""
    words = (
        (OutcomeKind.WORKED, "worked for"),
        (OutcomeKind.FAILED, "did not work for"),
        (OutcomeKind.HELPFUL, "helped"),
        (OutcomeKind.UNHELPFUL, "did not help"),
        (OutcomeKind.OUT_OF_DATE, "out of date, says"),
        (OutcomeKind.WRONG, "wrong, says"),
    )
    parts = [f"{phrase} {tally.of(kind)}" for kind, phrase in words if tally.of(kind)]
    return ", ".join(parts) or "nothing yet"


def _source(one: Citation) -> str:
    parts = [part for part in (one.source, one.path) if part]
    return _cut(" / ".join(parts) or "written here", 200)


def _votes(asked: AskedQuestion) -> tuple[Action, ...]:
    return tuple(Action(verb=verb, label=label, subject=asked.subject) for verb, (_, label) in VOTES.items())


def _links(answer: Answer) -> tuple[Link, ...]:
    """Return links to what the card quotes or cites, by number; other passages are only related."""
    shown = answer.citations if answer.kind in _PROSE else answer.citations[:_QUOTED]
    links = [
        Link(
            label=_cut(
                f"[{one.number}] {one.title}" if len(answer.citations) > 1 else "Open the passage", _LABEL
            ),
            target=passage_path(one.article, one.passage),
        )
        for one in shown
    ]
    beside = [(one.article, one.title, one.passage) for one in answer.citations[len(shown) :]]
    beside += [(hit.article, hit.title, hit.passage.number) for hit in answer.nearest]
    seen = {one.article for one in shown}
    for article, title, passage in beside:
        if article not in seen:
            seen.add(article)
            links.append(Link(label=_cut(f"Related: {title}", _LABEL), target=passage_path(article, passage)))
    return tuple(links[:6])


def _footer(asked: AskedQuestion) -> str:
    searched = f"{counted(asked.answer.searched_articles, 'article')} searched"
    return quote(f"{searched}; {asked.limited}." if asked.limited else f"{searched}.")


def _plain(answer: Answer, first: Citation, tally: Tally) -> str:
    text = answer.text if answer.kind in _PROSE else first.quote
    where = passage_path(first.article, first.passage)
    unknown = f" I don't know: {'; '.join(answer.unanswered)[:400]}." if answer.unanswered else ""
    beside = "".join(f" {remark}" for remark in answer.remarks)
    return f"{first.title}: {text[:1500]}{unknown}{beside} ({_source(first)}; {said(tally)}; {where})"


def _unknown(asked: AskedQuestion, names: Mapping[PersonId, str]) -> Card:
    answer = asked.answer
    nearest = answer.nearest[0].title if answer.nearest else ""
    lead = md(
        "I looked for *{words}* in {count}",
        words=" ".join(answer.looked_for)[:200] or "that",
        count=counted(answer.searched_articles, "article"),
    )
    lead += md("; the nearest is *{title}*.", title=nearest) if nearest else " and found nothing near."
    lead += "".join(f" {told(remark)}" for remark in answer.remarks)
    facts = []
    others = [person for person in answer.who_might_know if person != asked.person]
    if others:
        people = ", ".join(names.get(person, str(person)) for person in others)
        facts.append(Fact(label="Who might know", value=quote(people)))
    if asked.asked_people:
        people = ", ".join(names.get(person, str(person)) for person in asked.asked_people)
        facts.append(Fact(label="Asked", value=quote(people)))
    if asked.draft is not None:
        facts.append(Fact(label="Answered", value="the answer waits as a draft article"))
    return Card(
        title="I don't know",
        tone=Tone.WARNING,
        lead=lead,
        facts=tuple(facts),
        sections=tuple(
            Section(text=quote(one.text), heading=_cut(f"{one.server} / {one.tool} says, unchecked", 120))
            for one in asked.others
        ),
        actions=_unknown_actions(asked),
        links=_links(answer),
        footer=_footer(asked),
        plain=f"I don't know. {literal(lead)}",
    )


def _unknown_actions(asked: AskedQuestion) -> tuple[Action, ...]:
    actions = []
    if not asked.asked_people:
        actions.append(
            Action(
                verb="kb.ask_people",
                label="Ask who might know",
                subject=asked.subject,
                style=ActionStyle.PRIMARY,
            )
        )
    if asked.draft is None:
        actions.append(Action(verb="kb.answer", label="I know the answer", subject=asked.subject))
    return tuple(actions)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
