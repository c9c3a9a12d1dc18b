"""`/kb/<article>#p<passage>`: an article as a page, read with the rights of whoever is signed in."""

import asyncio

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.adapters.webchat.page_frame import framed
from bot.cards.text import Span, Style, spans
from bot.presenters.answers import FENCED_CODE, article_prose, names_of, said
from domain.identity.people import Person
from domain.identity.web_access import sign_in_for
from domain.ids import ArticleId
from domain.knowledge.articles import ArticleState, Outcome, OutcomeKind, Reader, may_read
from domain.knowledge.library import VISIBLE, ArticleEntry, Tally
from domain.knowledge.readers import audiences_of
from domain.ports.clock import Clock
from domain.text.machine_orders import without_orders
from knowledge.passages import Cut, cut
from storage.unit_of_work import SqlTransactions
from web.visitors import Visitors

_LOOKS = {
    Style.BOLD: Markup("<strong>{}</strong>"),
    Style.EMPHASIS: Markup("<em>{}</em>"),
    Style.CODE: Markup("<code>{}</code>"),
}


def library_pages(transactions: SqlTransactions, visitors: Visitors, clock: Clock) -> ASGIApp:
    """Return the app that shows articles; mounted at `/kb`."""

    async def page(request: Request) -> Response:
        person = await visitors.person(request)
        if person is None:
            return RedirectResponse(sign_in_for(request.url.path, request.url.query), status_code=303)
        article = ArticleId(request.path_params["article"])
        found = await asyncio.to_thread(_read, transactions, article, person, clock)
        if found is None:
            # Who may not read it learns no more than that there is nothing for them here.
            return HTMLResponse(framed("Not here", _MISSING), status_code=404)
        return HTMLResponse(found)

    return Starlette(routes=[Route("/{article:path}", page)])


_MISSING = Markup("<p>There is no article here that you may read. Ask the one who sent you the link.</p>")


def _read(transactions: SqlTransactions, article: ArticleId, person: Person, clock: Clock) -> str | None:
    with transactions.reading() as uow:
        entry = uow.articles.find(article)
        if entry is None or not may_open(entry, person):
            return None
        tally = uow.article_outcomes.tallies([article]).get(article, Tally())
        names = names_of(uow, {entry.article.owner} if entry.article.owner else set())
    if entry.article.state in VISIBLE:
        # Counted once a day for each person.
        opened = Outcome(article=article, kind=OutcomeKind.OPENED, at=clock.now(), person=person.id)
        with transactions.writing() as uow:
            uow.article_outcomes.add(f"opened:{article}:{person.id}:{opened.at:%Y%m%d}", opened)
    owner = names.get(entry.article.owner, "") if entry.article.owner else ""
    return _article(entry, tally, owner)


def may_open(entry: ArticleEntry, person: Person) -> bool:
    """Say whether a person may read an article on a page of their own."""
    return may_read(entry.article.readers, Reader(person=person.id, audiences=audiences_of(person)))


def _article(entry: ArticleEntry, tally: Tally, owner: str) -> str:
    article = entry.article
    about = [f"Version {article.version}", article.state.value]
    about += [f"owner {owner}"] if owner else ["no owner yet"]
    about += [f"changed {article.updated_at:%d %b %Y}"] if article.updated_at else []
    about += [f"from {article.source} {article.path}".strip()] if article.source else []
    parts = [Markup('<p class="soft">{}.</p>').format(", ".join(about))]
    if article.state is ArticleState.STALE:
        parts.append(Markup("<p><strong>People said that this is out of date.</strong></p>"))
    parts += [_passage(number, one) for number, one in enumerate(cut(article.text))]
    parts.append(Markup('<p class="soft">What people said: {}.</p>').format(said(tally)))
    return framed(article.title, Markup("\n").join(parts))


def _passage(number: int, one: Cut) -> Markup:
    heading = one.heading.split(" > ")[-1]
    title = Markup("<h2>{}</h2>").format(heading) if heading else Markup("")
    return Markup('<section id="p{}">{}{}</section>').format(number, title, _body(one.text))


def _body(text: str) -> Markup:
    clean = without_orders(text)
    parts, at = [], 0
    for match in FENCED_CODE.finditer(clean):
        parts.append(_prose(clean[at : match.start()]))
        parts.append(Markup('<pre tabindex="0"><code>{}</code></pre>').format(match["code"]))
        at = match.end()
    return Markup("").join([*parts, _prose(clean[at:])])


def _prose(text: str) -> Markup:
    if not text.strip():
        return Markup("")
    drawn = [_drawn(run) for run in spans(article_prose(text))]
    return Markup('<div class="text">{}</div>').format(Markup("").join(drawn))


def _drawn(run: Span) -> Markup:
    return _LOOKS.get(run.style, Markup("{}")).format(run.text)
