"""How the scorecard reads: cards that people were told, those in shadow, and the estimates."""

from collections.abc import Iterable

from bot.cards.model import Card, Fact, Link, Picture, Section, Table
from bot.cards.text import md, quote, told
from bot.presenters.alerts import moment
from domain.counting import counted
from domain.watch.feed_health import CardScore, ScorecardView, ScoreRow

_LINES = 15
_LOGGED = 4
_NONE = "none"
_COLUMNS = ("Of", "Cards", "Came true", "Foretold", "Lead min P10/P50/P90", "Cards a week")
_COUNTED = (
    "A card counts once for each trouble, from the moment it was posted. A trouble lasts from a failed run or"
    " a missed deadline until a run ends well, and was foretold when a card named its feed before it began."
    " Cards that were expected or prevented count neither way, nor do troubles that were muted or kept for"
    " the end of the quiet hours. Brier score and reliability count the estimates of every half hour."
)


def scorecard_card(card: ScorecardView, picture: str) -> Card:
    """Return how good the predictions were."""
    main = card.overall or card.backtest or ScoreRow(scope="all feeds")
    rows = [main, *([card.backtest] if card.backtest and main is not card.backtest else []), *card.teams]
    words = scores_in_words(main)
    sections = [Section(heading="In shadow, told to nobody", text=shadow_in_words(main.shadow))]
    sections.append(Section(heading="What is counted", text=_COUNTED))
    lines = [f"{moment(line.at)}: {told(line.sentence)}" for line in card.log[:_LOGGED]]
    if lines:
        sections.append(Section(heading="Promotion log", text="\n".join(lines)))
    return Card(
        title="Scorecard",
        lead=words,
        facts=tuple(_facts(card, main)),
        table=Table(
            columns=_COLUMNS,
            rows=tuple(_cells(row) for row in rows[:_LINES]),
        ),
        sections=tuple(sections),
        picture=Picture(path=picture, alternative="Reliability diagram: promised against happened")
        if picture
        else None,
        links=(Link(label="By feed, and all of it", target="/dashboard/scorecard"),),
        footer=md("model `{model}`", model=card.model or "none yet"),
        plain=f"Scorecard: {words}",
    )


def scope_card(card: ScorecardView, name: str) -> Card:
    """Return the figures of one feed or team, and what was decided about it lately."""
    row = next((row for row in (*card.teams, *card.feeds) if row.scope == name), None)
    lines = [f"{moment(line.at)}: {told(line.sentence)}" for line in card.log if line.subject == name]
    sections = [Section(heading="Promotion log", text="\n".join(lines[:_LOGGED]))] if lines else []
    link = Link(label="By feed, and all of it", target="/dashboard/scorecard")
    if row is None:
        more = f", or {counted(len(card.feeds), 'other feed')} had more of them" if card.feeds else ""
        said = f"No card and no trouble of {name} is counted yet{more}."
        title = f"Scorecard of {name}"
        return Card(title=title, lead=quote(said), plain=said, sections=tuple(sections), links=(link,))
    sections.insert(0, Section(heading="In shadow, told to nobody", text=shadow_in_words(row.shadow)))
    said = scores_in_words(row)
    return Card(
        title=f"Scorecard of {name}",
        lead=said,
        facts=tuple(_facts(card, row)),
        table=Table(columns=_COLUMNS, rows=(_cells(row),)),
        sections=tuple(sections),
        links=(link,),
        plain=f"Scorecard of {name}: {said}",
    )


def scores_in_words(row: ScoreRow) -> str:
    """Return what people were told and what came of it."""
    one = row.told
    past = " Counted on past runs that the model had not seen." if row.basis == "backtest" else ""
    if not one.cards:
        missed = f" {counted(one.troubles, 'trouble')} came without one." if one.troubles else ""
        return f"No card was told to people yet.{missed}{past}"
    judged = one.right + one.wrong
    right = (
        f"{one.right} of {counted(judged, 'card')} came true ({one.precision or 0.0:.0%})" if judged else ""
    )
    found = (
        f"{one.foretold} of {counted(one.troubles, 'trouble')} had a card beforehand" if one.troubles else ""
    )
    ahead = (
        f", half of them {counted(round(one.lead_minutes[1]), 'minute')} ahead or earlier"
        if one.lead_minutes
        else ""
    )
    first = right or f"{counted(one.cards, 'card is', 'cards are')} still open"
    return f"{first}; {found}{ahead}.{past}" if found else f"{first}.{past}"


def shadow_in_words(one: CardScore) -> str:
    """Return what would have been told."""
    if not (one.cards or one.troubles):
        return "No feed is in shadow, or nothing came of it yet."
    judged = one.right + one.wrong
    right = f"{one.right} of {judged} came true" if judged else "none is judged yet"
    found = (
        f"; {one.foretold} of {counted(one.troubles, 'trouble')} of such feeds had one beforehand"
        if one.troubles
        else ""
    )
    return f"{counted(one.cards, 'card was', 'cards were')} only counted: {right}{found}."


def _facts(card: ScorecardView, row: ScoreRow) -> Iterable[Fact]:
    if card.since is not None:
        yield Fact(label="Counted since", value=moment(card.since))
    yield Fact(label="Estimates", value=f"{row.questions:,}, trouble after {row.came_true:,} of them")
    yield Fact(label="Brier score", value=f"{row.brier:.4f} (skill {row.brier_skill:.2f})")
    if row.told.unheard or row.told.neither:
        quiet = (
            f"{counted(row.told.neither, 'card')} expected or prevented,"
            f" {counted(row.told.unheard, 'trouble')} not to be told"
        )
        yield Fact(label="Count neither way", value=quiet)


def _cells(row: ScoreRow) -> tuple[str, ...]:
    one = row.told
    return (
        f"{quote(row.scope)} ({row.basis})",
        f"{one.cards}",
        _NONE if one.precision is None else f"{one.right} of {one.right + one.wrong}, {one.precision:.0%}",
        _NONE if one.recall is None else f"{one.foretold} of {one.troubles}, {one.recall:.0%}",
        _NONE if one.lead_minutes is None else " / ".join(f"{minutes:.0f}" for minutes in one.lead_minutes),
        f"{one.cards_a_week:.1f}",
    )
