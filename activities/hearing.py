"""What was written beside a sample, taken as corrections once its columns are known."""

from domain.configuration.changes import ConfigChange
from domain.configuration.corrections import replaced
from domain.configuration.profiles import SampleProfile
from domain.ports.configurator import Configurator


def heard_beside(
    configurator: Configurator, change: ConfigChange, profile: SampleProfile
) -> dict[str, object]:
    """Return what changes in a change: what was said in its thread meanwhile counts more, being later."""
    if not change.said:
        return {}
    found = configurator.hear(change.said, profile)
    kept = replaced(found.corrections, change.corrections)
    return {"corrections": kept, "sentence": found.objection if found.is_about_columns else ""}
