import importlib.util
import json
import struct
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from bot.commands.phrasebook import phrasebook

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "teams"
APP = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def packer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dogwatch_teams_package", FOLDER / "package.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_package_holds_a_filled_manifest_and_both_icons(packer: ModuleType, tmp_path: Path) -> None:
    packer.package(APP, "https://dogwatch.example.com/", 'Acme "Ops"', tmp_path / "app.zip")

    with zipfile.ZipFile(tmp_path / "app.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
    assert "{{" not in json.dumps(manifest)
    assert manifest["bots"][0]["botId"] == manifest["id"] == APP
    assert manifest["bots"][0]["supportsFiles"]
    assert manifest["validDomains"] == ["dogwatch.example.com"]
    assert len(manifest["name"]["short"]) <= 30
    assert len(manifest["description"]["short"]) <= 80


def test_what_the_package_leads_to_and_offers_is_there(packer: ModuleType) -> None:
    manifest = json.loads(packer.filled_manifest(APP, "https://dogwatch.example.com", "Acme"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = (ROOT / "web" / "static" / "about.html").read_text(encoding="utf-8")
    offered = manifest["bots"][0]["commandLists"][0]["commands"]

    for name, anchor in (("privacyUrl", "privacy"), ("termsOfUseUrl", "terms")):
        assert manifest["developer"][name] == f"https://dogwatch.example.com/about/#{anchor}"
        assert f'id="{anchor}"' in about
    assert manifest["version"] == project["version"]
    assert [one["title"] for one in offered if phrasebook().begins(one["title"]) is None] == []
    assert len(offered) <= 10  # Teams shows no more


@pytest.mark.parametrize(("name", "side"), [("color.png", 192), ("outline.png", 32)])
def test_icons_have_the_size_that_teams_wants(name: str, side: int) -> None:
    head = (FOLDER / name).read_bytes()[:24]

    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (side, side)


@pytest.mark.parametrize(
    ("app", "url"), [("not-a-uuid", "https://a.example"), (APP, "http://a.example"), (APP, "")]
)
def test_a_wrong_app_id_or_address_is_refused(packer: ModuleType, app: str, url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  two kinds of wrong, one answer: nothing is packed
        packer.filled_manifest(app, url, "Acme")


def test_what_is_typed_wrong_is_told_without_a_trace(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, FOLDER / "package.py", "my-bot", "https://a.example"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert told.returncode == 1
    assert told.stderr == "APP_ID is the bot's application (client) id, a UUID, and not my-bot.\n"
    assert not list(tmp_path.iterdir())
