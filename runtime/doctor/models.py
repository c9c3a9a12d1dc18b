"""Which model foretells trouble, and which files can't be used."""

from domain.errors import NotFound
from runtime.doctor.findings import Finding
from runtime.settings.house import Settings

_NAMED = 3
_RULE = "a rule on elapsed time answers"


def examine_models(settings: Settings) -> Finding:
    """Return which model is in service; a file that is passed over is named."""
    folder = settings.data_dir.resolve() / "models"
    there = sorted(path.name for path in folder.glob("*.json"))
    if not there or not (settings.data_dir / "keys").exists():
        return Finding("models", True, f"none yet; {_RULE} until one is trained")
    from predictors import registry
    from runtime.wiring.stores import open_stores
    from runtime.wiring.watch import MODELS_KEY

    stores = open_stores(settings)
    try:
        key = stores.keys.secret(MODELS_KEY)
    finally:
        stores.database.close()
    try:
        _, card, damaged = registry.newest(folder, key)
    except NotFound:
        return Finding(
            "models", False, f"{_named(there)} can't be used, so {_RULE}; a training is called by itself"
        )
    passed = f"; {_named(damaged)} can't be used and is passed over" if damaged else ""
    return Finding("models", True, f"{card.version} answers{passed}")


def _named(files: list[str]) -> str:
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return ", ".join(files[:_NAMED]) + more
