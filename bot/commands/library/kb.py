"""`kb`: add what was said, search, see what waits for review, and what is asked but not answered."""

from bot.cards.model import Action, Card, Link, Reply, Section, Table
from bot.cards.text import md, quote
from bot.commands.library import kb_articles, kb_experts, kb_sources, kb_verdicts
from bot.intents import Area, Verb
from bot.presenters.sentences import sentence
from bot.turn import Asked, Turn
from domain.counting import counted
from domain.errors import BadInput, NotNow, OutsideTrouble
from domain.identity.access import Act, may
from domain.ids import ArticleId
from domain.knowledge.articles import Article, ArticleKind, ArticleState, Hit, Query, may_read
from domain.knowledge.library import ArticleEntry, new_id, passage_path
from domain.knowledge.readers import reader_at
from domain.ports.knowledge_service import Findings, Gap
from domain.proof.audit import AuditAct
from domain.telling.postings import View
from domain.text.machine_orders import flags_of
from domain.text.redaction import mask_shapes

_SHOWN = 8
_LISTED = 12
_BUTTONS = 3
_LONGEST_LINE = 4_000


async def prepare_search(asked: Asked) -> tuple[Hit, ...]:
    """Search before the transaction."""
    words = " ".join(asked.words)
    if asked.tools.library is None or not words:
        return ()
    reader = reader_at(asked.person, asked.incoming.place, asked.tools.audiences)
    return await asked.tools.library.search(Query(text=words[:4000], limit=_SHOWN), reader)


def search(turn: Turn) -> Reply:
    """List the best articles."""
    if turn.person is not None:
        turn.require(Act.ASK)
    words = " ".join(turn.words)
    if not words:
        raise BadInput("kb search", say="What shall I look for?", next_step="Say *kb search broker lag*.")
    hits = turn.prepared if isinstance(turn.prepared, tuple) else ()
    if not hits:
        turn.say(sentence("Nothing found", md("I found nothing about *{words}*.", words=words[:200])))
        return Reply()
    rows = tuple(
        (str(number), quote(hit.title[:100]), quote(hit.passage.heading.split(" > ")[-1][:80]))
        for number, hit in enumerate(hits, 1)
    )
    turn.say(
        Card(
            title=counted(len(hits), "article"),
            lead=md("Best first, for *{words}*.", words=words[:200]),
            table=Table(columns=("", "Article", "Passage"), rows=rows),
            links=tuple(
                Link(label=f"{n} {hit.title}"[:70], target=passage_path(hit.article, hit.passage.number))
                for n, hit in enumerate(hits, 1)
            ),
            actions=tuple(
                Action(verb="kb.open", label=f"Show {hit.title}"[:60], subject=f"article/{hit.article}")
                for hit in hits[:_BUTTONS]
            )
            if may(turn.person, Act.EDIT_KNOWLEDGE)
            else (),
            plain="; ".join(f"{n}. {hit.title}" for n, hit in enumerate(hits, 1)),
        )
    )
    return Reply()


def add(turn: Turn) -> Reply:
    """Make a draft of what was said in this thread, or of the words that follow."""
    turn.require(Act.EDIT_KNOWLEDGE)
    words = turn.incoming.text.split("add", 1)[-1].strip()
    lines = turn.uow.heard.in_thread(turn.incoming.place) if turn.incoming.place.thread else []
    said = [(name, text) for name, text in lines if text and "kb add" not in text.lower()]
    if not said and not words:
        raise BadInput(
            "kb add without words",
            say="There is nothing here yet that I could keep.",
            next_step="Say it in the thread that solved something, or put the text behind it: *kb add …*",
        )
    title, text = _as_article(said, words)
    kind, source = (ArticleKind.THREAD, "thread") if said else (ArticleKind.KB, "chat")
    # Many will read it who were not there when somebody pasted a line with a password in it.
    keep_article(turn, mask_shapes(title), mask_shapes(text), kind, source)
    return Reply()


def keep_article(turn: Turn, title: str, text: str, kind: ArticleKind, source: str) -> None:
    """Keep a text as a draft of whoever acts, and show its card here."""
    person = turn.require(Act.EDIT_KNOWLEDGE)
    article = Article(
        id=ArticleId(new_id("a", turn.incoming.key)),
        title=title,
        text=text,
        kind=kind,
        state=ArticleState.DRAFT,
        owner=person.id,
        source=source,
        updated_at=turn.now,
        readers=kb_experts.readers_of(turn, turn.incoming.place),
    )
    entry = ArticleEntry(
        article=article, author=person.id, place=turn.thread, flags=flags_of(article.title, article.text)
    )
    kept = turn.uow.articles.save(entry)
    turn.record(AuditAct.ARTICLE_CHANGED, kept.subject, did="drafted", source=source)
    turn.show(View.ARTICLE, kept.subject)


def _as_article(said: list[tuple[str, str]], words: str) -> tuple[str, str]:
    """Return title and text: the first thing said is what it is about, the rest stands below by name."""
    first = said[0][1] if said and not words else words
    title = " ".join(first.split("\n")[0].lstrip("# ").split())[:120] or "What was said"
    body = "\n\n".join(f"{name or 'Somebody'}: {text[:_LONGEST_LINE]}" for name, text in said)
    if not said:
        return title, words
    return title, (f"{words}\n\n" if words else "") + f"## What was said\n\n{body}"


def review(turn: Turn) -> Reply:
    """List drafts and doubted articles, each with a button that shows it."""
    person = turn.require(Act.EDIT_KNOWLEDGE)
    waiting = turn.uow.articles.in_states([ArticleState.STALE, ArticleState.DRAFT], 200)
    reader = reader_at(person, turn.incoming.place, turn.tools.audiences)
    shown = [one for one in waiting if may_read(one.article.readers, reader)]
    if not shown:
        turn.say(sentence("Nothing waits", "No draft and no doubted article waits for review."))
        return Reply()
    names = {one.id: one.name for one in turn.uow.people.everybody()}
    rows = tuple(
        (
            one.article.state.value,
            quote(one.article.title[:90]),
            quote(names.get(one.article.owner, str(one.article.owner)) if one.article.owner else "nobody"),
        )
        for one in shown[:_LISTED]
    )
    more = f"The first {_LISTED} are shown." if len(shown) > _LISTED else ""
    turn.say(
        Card(
            title=f"{len(shown)} wait for review",
            lead=more,
            table=Table(columns=("State", "Article", "Owner"), rows=rows),
            actions=tuple(
                Action(verb="kb.open", label=one.article.title[:60] or "Open", subject=one.subject)
                for one in shown[:_LISTED]
            ),
            plain="; ".join(f"{one.article.state.value}: {one.article.title}" for one in shown[:_LISTED]),
        )
    )
    return Reply()


async def prepare_gaps(asked: Asked) -> tuple[list[Gap], Findings] | None:
    """Group what is not answered, before the transaction; None while the library is away."""
    if asked.tools.library is None:
        return None
    try:
        reader = reader_at(asked.person, asked.incoming.place, asked.tools.audiences)
        found = await asked.tools.library.gaps(reader, asked.tools.audiences)
        return found, await asked.tools.library.findings(reader)
    except OutsideTrouble:
        return None


def gaps(turn: Turn) -> Reply:
    """Say what is asked and not answered, and which articles say the same or contradict each other."""
    turn.require(Act.EDIT_KNOWLEDGE)
    if not isinstance(turn.prepared, tuple):
        raise NotNow("library away", say="My library is away just now.", next_step="Ask again in a minute.")
    found, findings = turn.prepared
    rows = tuple(
        (quote(gap.example[:120]), str(gap.times), str(gap.people), quote(" ".join(gap.words)))
        for gap in found[:_LISTED]
    )
    sections = tuple(
        Section(heading=heading, text="\n".join(quote(f"• {one[:200]}") for one in said[:_LISTED]))
        for heading, said in (
            ("Say nearly the same", findings.twins),
            ("Contradict each other", findings.contradictions),
        )
        if said
    )
    lead = "Asked and not answered, most people first." if rows else "Every question got an answer so far."
    turn.say(
        Card(
            title="What the library lacks",
            lead=lead,
            table=Table(columns=("Question", "Times", "People", "Words"), rows=rows) if rows else None,
            sections=sections,
            plain=lead + " " + "; ".join(gap.example[:120] for gap in found[:_LISTED]),
        )
    )
    return Reply()


AREA = Area(
    verbs=(
        Verb(("kb add",), "kb add [TEXT]", "keep this thread, or a text, as a draft article", add),
        Verb(
            ("kb search", "search"),
            "kb search WORDS",
            "articles, best first",
            search,
            prepare=prepare_search,
            is_harmless=True,
        ),
        Verb(
            ("kb review",),
            "kb review",
            "drafts and doubted articles",
            review,
            is_harmless=True,
        ),
        Verb(
            ("kb gaps",),
            "kb gaps",
            "what is asked and not answered",
            gaps,
            prepare=prepare_gaps,
            is_harmless=True,
        ),
        *kb_sources.VERBS,
    ),
    buttons={**kb_verdicts.BUTTONS, **kb_experts.BUTTONS, **kb_articles.BUTTONS, **kb_sources.BUTTONS},
    overheard=kb_experts.overhear,
)
