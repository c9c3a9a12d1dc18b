"""What the front knows of remediation: the catalogue, and the inventory without addresses or credentials."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from activities.advising import Advising
from bot.turn import FixTools
from domain.errors import BadInput
from domain.ports.transactions import UnitOfWork
from domain.remediation.runbooks import Inventory, TargetSummary
from domain.text.strict_yaml import read_yaml
from remediation.advising import ModelAdviser
from remediation.broker.targets import read_targets
from remediation.catalogue_reading import read_catalogue
from remediation.planner import CataloguePlanner
from remediation.written_scripts import WrittenScripts
from runtime.settings.house import Settings
from runtime.wiring.model import open_model
from runtime.wiring.stores import Stores


class _InventoryFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    feeds: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    consumers: dict[str, tuple[str, ...]] = {}


def fix_tools(settings: Settings) -> FixTools:
    """Return what the commands of remediation plan with; the catalogue is read at its first use."""

    return FixTools(
        planner=cache(lambda: open_planner(settings)),
        inventory=inventory_reader(settings),
        environment=settings.environment,
        scripts=_scripts(settings),
        has_model=bool(settings.model.name and settings.model.base_url),
    )


def open_planner(settings: Settings) -> CataloguePlanner:
    """Return the planner with our catalogue and the operator's own runbooks."""
    own = settings.remediation.runbooks_folder
    return CataloguePlanner(read_catalogue(*([Path(own)] if own else [])))


def advising_of(settings: Settings, stores: Stores) -> Advising:
    """Return what asks the model about plans; for the heavy process, which alone holds its key."""

    @cache
    def adviser() -> ModelAdviser | None:
        model = open_model(settings, stores)
        return None if model is None else ModelAdviser(model, open_planner(settings))

    return Advising(
        adviser,
        _scripts(settings),
        inventory_reader(settings),
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
    )


def _scripts(settings: Settings) -> Callable[[], WrittenScripts]:
    return partial(WrittenScripts, settings.remediation.script_watch_seconds)


def inventory_reader(settings: Settings) -> Callable[[UnitOfWork], Inventory]:
    """Return what reads the inventory as it is now: targets, their feeds and services, and merged feeds."""
    folder = settings.data_dir.resolve() / "runner"
    targets_file = Path(settings.remediation.targets_file or folder / "targets.yaml")
    inventory_file = Path(settings.remediation.inventory_file or folder / "inventory.yaml")

    def read(uow: UnitOfWork) -> Inventory:
        targets = _targets(targets_file)
        listed = _listed(inventory_file)
        served = frozenset(name for target in targets for name in target.serves)
        merged = frozenset(feed.name for feed in uow.feeds.every())
        return Inventory(
            targets=targets,
            feeds=listed.feeds | merged | (served - listed.services),
            services=listed.services,
            consumers=listed.consumers,
        )

    return read


def _targets(path: Path) -> tuple[TargetSummary, ...]:
    return read_targets(path.read_text(encoding="utf-8")).summaries() if path.exists() else ()


def _listed(path: Path) -> _InventoryFile:
    if not path.exists():
        return _InventoryFile()
    try:
        return _InventoryFile.model_validate(read_yaml(path.read_text(encoding="utf-8")) or {})
    except (ValidationError, yaml.YAMLError, OSError) as error:
        raise BadInput(
            f"inventory: {type(error).__name__}",
            say="The inventory of feeds and services can't be read.",
            next_step="See docs/runner.md.",
        ) from error
