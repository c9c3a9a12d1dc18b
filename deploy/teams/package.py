"""Fill in the manifest and pack the Teams app: `python deploy/teams/package.py APP_ID PUBLIC_URL [COMPANY]`.

Writes dogwatch-teams.zip into the current folder; upload it in the Teams admin centre.
"""

import json
import sys
import tomllib
import uuid
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
ICONS = ("color.png", "outline.png")
PROJECT = HERE.parents[1] / "pyproject.toml"


def filled_manifest(app_id: str, public_url: str, company: str) -> str:
    """Return the manifest of one installation as JSON.

    Raises:
        ValueError: The app id is no UUID, or the address is not https.
    """
    try:
        uuid.UUID(app_id)
    except ValueError:
        raise ValueError(
            f"APP_ID is the bot's application (client) id, a UUID, and not {app_id[:60]}"
        ) from None
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"PUBLIC_URL begins with https:// and has a host, and is not {public_url[:80]}")
    text = (HERE / "manifest.json").read_text(encoding="utf-8")
    for name, value in {
        "APP_ID": app_id,
        "PUBLIC_URL": public_url.rstrip("/"),
        "PUBLIC_HOST": parts.hostname,
        "COMPANY": company,
        # Teams takes a changed app as an update only when its version has grown.
        "VERSION": str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]),
    }.items():
        text = text.replace("{{%s}}" % name, json.dumps(value)[1:-1])  # noqa: UP031  braces would need escapes
    json.loads(text)
    return text


def package(app_id: str, public_url: str, company: str, target: Path) -> None:
    """Write the app as a zip file."""
    manifest = filled_manifest(app_id, public_url, company)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", manifest)
        for icon in ICONS:
            archive.write(HERE / icon, icon)


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4}:
        sys.exit(__doc__)
    try:
        package(
            sys.argv[1],
            sys.argv[2],
            sys.argv[3] if len(sys.argv) == 4 else "Our company",
            Path("dogwatch-teams.zip"),
        )
    except ValueError as error:
        sys.exit(f"{error}.")
    print("dogwatch-teams.zip is written: upload it in the Teams admin centre, under Manage apps.")
