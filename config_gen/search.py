"""Find a word in the agreed configurations: in names, descriptions, meanings, owners, columns and rules."""

from collections.abc import Iterator, Sequence

from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_views import SearchHit
from domain.configuration.profiles import bounded

_SHOWN, _MOST = 160, 40


def find_word(configs: Sequence[FeedConfig], word: str) -> list[SearchHit]:
    """Return where a word stands, exact names first; case does not matter."""
    wanted = word.strip().lower()
    if not wanted:
        return []
    hits = [
        (_rank(text, wanted), SearchHit(feed=config.feed, where=where, text=bounded(text, _SHOWN)))
        for config in configs
        for where, text in _texts(config)
        if wanted in text.lower()
    ]
    hits.sort(key=lambda hit: (hit[0], hit[1].feed))
    return [hit for _, hit in hits[:_MOST]]


def _rank(text: str, wanted: str) -> int:
    lowered = text.lower()
    return 0 if lowered == wanted else 1 if wanted in lowered.replace("_", " ").split() else 2


def _texts(config: FeedConfig) -> Iterator[tuple[str, str]]:
    yield "name", config.feed
    for where, text in (
        ("title", config.title),
        ("description", config.description),
        ("owner", config.owner.team),
        ("contact", config.owner.contact),
        ("source", config.source.system),
        ("file pattern", config.source.file_pattern),
        ("format", config.format.kind.value),
        ("target", config.target.bronze.table),
        ("template", config.provenance.template or ""),
    ):
        if text:
            yield where, text
    for tag in config.tags:
        yield "tag", tag
    for column in config.columns:
        yield "column", column.name
        if column.source != column.name:
            yield f"column {column.name}, in the file", column.source
        if column.meaning:
            yield f"column {column.name}, meaning", column.meaning
        if column.description:
            yield f"column {column.name}, description", column.description
    for rule in config.quality.rules:
        yield "rule", rule.id
    for reader in config.lineage.consumers:
        yield "reader", reader.name
    for name in config.lineage.upstream:
        yield "made from", name
