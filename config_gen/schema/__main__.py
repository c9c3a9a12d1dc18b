"""Write the published schema and its documentation anew."""

from pathlib import Path

from config_gen.schema import SCHEMA_FILE, documentation, schema_text

SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
(Path(__file__).parents[2] / "docs" / "feed-configuration.md").write_text(documentation(), encoding="utf-8")
