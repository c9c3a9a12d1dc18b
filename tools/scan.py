"""Look every locked package up among known vulnerabilities: `make scan`.

Exit code 0: all were looked up, and none has a flaw without an excuse. 1: one has, or an excuse ran out.
2: not every package could be looked up. That is never a pass: the scanner itself says "no known
vulnerabilities" when it reached no database at all.

`requirements/excused.toml` holds excuses, each with `id`, `package`, `reason` and `until` (a date).
"""

import datetime as dt
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EXCUSES = ROOT / "requirements" / "excused.toml"
_SCANNER = "pip-audit==2.10.1"


def verdict(found: dict[str, Any], excuses: list[dict[str, Any]], today: dt.date) -> tuple[int, list[str]]:
    """Return the exit code and what to print.

    Args:
        found: The scanner's JSON report.
        excuses: Entries of the file of excuses.
        today: The day on which excuses must still hold.
    """
    packages = found.get("dependencies", [])
    unknown = [package["name"] for package in packages if package.get("skip_reason")]
    lines = [f"{excuse['id']}: excused until {excuse['until']}, which has passed" for excuse in excuses
             if excuse["until"] < today]  # fmt: skip
    excused = {(excuse["package"], excuse["id"]) for excuse in excuses if excuse["until"] >= today}
    for package in packages:
        for flaw in package.get("vulns", []):
            names = {flaw["id"], *flaw.get("aliases", [])}
            if not any((package["name"], name) in excused for name in names):
                mended = ", ".join(flaw.get("fix_versions", [])) or "no version"
                lines.append(f"{package['name']} {package['version']}: {flaw['id']}, mended in {mended}")
    if lines:
        return 1, lines
    if unknown or not packages:
        return 2, [
            f"{len(unknown)} of {len(packages)} packages could not be looked up: no database of "
            "vulnerabilities was reached for them, so nothing is known of them. This is not a pass."
        ]
    return 0, [f"{len(packages)} packages looked up, {len(excused)} flaws excused, no other known."]


def main() -> int:
    """Scan the locked packages."""
    excuses = tomllib.loads(EXCUSES.read_text(encoding="utf-8")).get("excuse", []) if EXCUSES.exists() else []
    lock = ROOT / "requirements" / "run.lock"
    command = [
        str(Path(sys.executable).with_name("uv")),
        "tool",
        "run",
        "-q",
        "--from",
        _SCANNER,
        "pip-audit",
    ]
    command += ["-r", str(lock), "--require-hashes", "--disable-pip", "--format", "json", "--timeout", "15"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  arguments of ours
    try:
        found = json.loads(ended.stdout)
    except ValueError:
        print(f"The scanner gave no report: {ended.stderr.strip()[-500:]}", file=sys.stderr)
        return 2
    code, lines = verdict(found, excuses, dt.datetime.now(dt.UTC).date())
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
