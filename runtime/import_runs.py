"""`dogwatch import runs FILE`: take in history, say what was learned and what was refused, and why."""

from pathlib import Path

from domain.errors import NotFound
from domain.stories import StoryCall, StoryKind
from runtime.settings import Settings
from runtime.wiring.stores import open_stores
from runtime.wiring.watch_errands import EngineErrands
from storage.feed_health import SqlFeedHealth


def import_runs(settings: Settings, names: list[str]) -> int:
    """Import files and return the exit code; the running Dogwatch learns from them by itself."""
    stores = open_stores(settings)
    now = stores.clock.now()
    for name in names:
        path = Path(name)
        if not path.is_file():
            raise NotFound(f"no file {name}", say=f"There is no file {name}.")
        print(EngineErrands(settings, stores).import_runs(path, path.name, now).sentence)
    with stores.transactions.writing() as uow:
        for kind, subject in ((StoryKind.TRAINING, "failures"), (StoryKind.WATCH, "main")):
            key = f"{kind}/{subject}#import-{now.timestamp():.6f}"
            uow.stories.add(StoryCall(key=key, kind=kind, subject_id=subject, at=now))
    intake = SqlFeedHealth(stores.database).intake()
    for source, reason, count in intake.refused[:20]:
        print(f"  refused {count:>8,}  {reason:<28} {source}")
    print(f"{intake.runs:,} runs of {intake.feeds:,} feeds are known; a model is fitted by `dogwatch up`.")
    stores.database.close()
    return 0
