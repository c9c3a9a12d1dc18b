"""An article has the date of its document, not of the day on which somebody connected its folder."""

import io
import os
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.knowledge.articles import EVERYONE
from domain.knowledge.library import KnowledgeSource, SourceKind
from knowledge.ingestion.dates import changed_on
from runtime.library.git_dates import commit_dates
from runtime.library.librarian import Librarian
from runtime.library.places import Allowed, read_place
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores

LONG_AGO = datetime(2019, 5, 6, 10, tzinfo=UTC)


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return open_stores(Settings(data_dir=tmp_path / "data"))


def _dates(stores: Stores, folder: Path) -> dict[str, datetime | None]:
    source = KnowledgeSource(
        id="s1", kind=SourceKind.GIT, name="runbooks", address=str(folder), readers=frozenset({EVERYONE}),
        publishes=True,
    )  # fmt: skip
    allowed = Allowed(folders=(folder,))
    with stores.transactions.writing() as uow:
        uow.sources.save(source)
    Librarian(stores.transactions, lambda s: read_place(s, stores.blobs, allowed), stores.clock).read(source)
    with stores.transactions.reading() as uow:
        found = [entry.article for entry in uow.articles.of_source("s1")]
    return {one.path: one.updated_at for one in found}


def _write(path: Path, text: str, changed: datetime = LONG_AGO) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (changed.timestamp(), changed.timestamp()))


def test_a_file_of_a_folder_has_its_own_date_and_one_that_names_a_date_that_one(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "runbooks"
    _write(folder / "pump.md", "# Pump\n\nTurn the valve.")
    _write(folder / "lamp.md", "---\nlast_updated: 2021-02-03\n---\n# Lamp\n\nUnscrew it.")

    found = _dates(stores, folder)

    assert found == {"pump.md": LONG_AGO, "lamp.md": datetime(2021, 2, 3, tzinfo=UTC)}


def test_a_date_that_is_still_to_come_is_none(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    _write(folder / "pump.md", "---\nupdated: 2999-01-01\n---\n# Pump\n\nTurn the valve.")

    (changed,) = _dates(stores, folder).values()

    assert changed is not None
    assert changed <= stores.clock.now()


def test_where_a_documents_own_date_is_still_to_come_that_of_its_place_counts(
    stores: Stores, tmp_path: Path
) -> None:
    _write(tmp_path / "runbooks" / "pump.md", "---\nupdated: 2999-01-01\n---\n# Pump\n\nTurn the valve.")

    assert _dates(stores, tmp_path / "runbooks") == {"pump.md": LONG_AGO}


def test_a_file_without_a_date_of_its_own_has_that_of_its_import(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    _write(folder / "pump.md", "# Pump\n\nTurn the valve.", datetime(1970, 1, 1, tzinfo=UTC))

    (changed,) = _dates(stores, folder).values()

    assert changed is not None
    assert stores.clock.now() - changed < timedelta(hours=1)


def test_word_properties_that_are_damaged_are_no_reason_to_refuse_a_document() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/core.xml", "<dcterms:modified>2021-03-05T10:00:00Z</dcterms:modified>" * 9)
    damaged = bytearray(packed.getvalue())
    damaged[len("docProps/core.xml") + 30 : len("docProps/core.xml") + 40] = b"\xff" * 10

    assert changed_on(".docx", bytes(damaged)) == ""


def test_a_name_that_looks_like_a_commit_gives_no_date(tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    _write(folder / "\x012020-01-01", "A name.")
    _write(folder / "pump.md", "# Pump\n\nTurn the valve.")
    _commit(folder, "2020-01-02T03:04:05+00:00")

    assert all(one.tzinfo for one in commit_dates(folder).values())


def test_a_page_that_says_when_it_was_written_was_changed_by_a_later_commit(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "clone"
    _write(folder / "pump.md", "---\ndate: 2021-02-03\n---\n# Pump\n\nTurn the valve.")
    _write(folder / "lamp.md", "---\nlast_updated: 2021-02-03\ndate: 2020-01-01\n---\n# Lamp\n\nUnscrew it.")
    _write(folder / "fan.md", "---\ndate: 2024-02-03\n---\n# Fan\n\nUnplug it.")
    _write(folder / "came.md", "---\ndate: 2021-02-03\n---\n# Came\n\nWith all the others.")
    _commit(folder, "2022-01-02T03:04:05+00:00")
    for name in ("pump", "lamp", "fan"):
        page = folder / f"{name}.md"
        _write(page, page.read_text() + "\nThen rest.")
    _commit(folder, "2023-01-02T03:04:05+00:00")

    found = _dates(stores, folder)

    assert found["pump.md"] == datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found["lamp.md"] == datetime(2021, 2, 3, tzinfo=UTC)
    assert found["fan.md"] == datetime(2024, 2, 3, tzinfo=UTC)
    assert found["came.md"] == datetime(2021, 2, 3, tzinfo=UTC), (
        "what a wiki was taken in with changed nothing"
    )


def test_the_date_of_a_copied_file_is_no_change_of_what_says_when_it_was_written(
    stores: Stores, tmp_path: Path
) -> None:
    now = stores.clock.now() - timedelta(hours=1)
    _write(tmp_path / "runbooks" / "pump.md", "---\ndate: 2021-02-03\n---\n# Pump\n\nTurn the valve.", now)

    assert _dates(stores, tmp_path / "runbooks") == {"pump.md": datetime(2021, 2, 3, tzinfo=UTC)}


def test_what_a_clone_left_out_is_not_fetched(tmp_path: Path) -> None:
    folder, ran = tmp_path / "clone", tmp_path / "ran"
    _write(folder / "pump.md", "# Pump\n\nTurn the valve.")
    _commit(folder, "2020-01-02T03:04:05+00:00")
    _write(folder / "pump.md", "# Pump\n\nTurn it twice.")
    _commit(folder, "2020-01-03T03:04:05+00:00")
    tree = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "HEAD^{tree}"], check=True, capture_output=True, text=True
    ).stdout.strip()
    (folder / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    with (folder / ".git" / "config").open("a") as config:
        config.write(
            f'[remote "origin"]\n url = ext::{program}\n promisor = true\n[protocol "ext"]\n allow = always\n'
        )
        config.write("[core]\n repositoryformatversion = 1\n[extensions]\n partialClone = origin\n")

    assert commit_dates(folder) == {}
    assert not ran.exists()


def test_a_file_of_a_clone_has_the_date_of_its_last_commit(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    _write(folder / "pump.md", "# Pump\n\nTurn the valve.", datetime.now(UTC))
    _commit(folder, "2020-01-02T03:04:05+00:00")
    _write(folder / "new.md", "# New\n\nNobody committed this.", LONG_AGO)

    found = _dates(stores, folder)

    assert found == {"pump.md": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), "new.md": LONG_AGO}


def _commit(folder: Path, at: str) -> None:
    people = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    dated = {**os.environ, "GIT_COMMITTER_DATE": at}
    for words in (("init", "-q"), ("add", "-A"), (*people, "commit", "-qm", "one")):
        subprocess.run(["git", "-C", str(folder), *words], check=True, env=dated)


def test_what_a_repository_configures_is_not_run_to_learn_its_dates(tmp_path: Path) -> None:
    folder, ran = tmp_path / "clone", tmp_path / "ran"
    _write(folder / "pump.md", "# Pump\n\nTurn the valve.")
    _commit(folder, "2020-01-02T03:04:05+00:00")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    program.chmod(0o755)
    (folder / ".gitattributes").write_text("*.md diff=odd\n")
    with (folder / ".git" / "config").open("a") as config:
        config.write(f"[core]\n pager = {program}\n fsmonitor = {program}\n[diff]\n external = {program}\n")
        config.write(f'[diff "odd"]\n textconv = {program}\n[gpg]\n program = {program}\n')
        config.write("[log]\n showSignature = true\n")

    assert set(commit_dates(folder)) == {"pump.md"}
    assert not ran.exists()


def test_a_folder_without_history_and_a_damaged_one_give_no_dates(tmp_path: Path) -> None:
    (tmp_path / "broken" / ".git").mkdir(parents=True)

    assert commit_dates(tmp_path / "broken") == {}


@pytest.mark.parametrize(
    ("suffix", "text", "date"),
    [
        (".md", "---\ntitle: Pump\nlastmod: '2021-03-05T10:00:00Z'\n---\ntext", "2021-03-05T10:00:00+00:00"),
        (".md", "---\ndate: 2020-01-01\nupdated: 2021-03-05\n---\ntext", "2021-03-05T00:00:00+00:00"),
        (".adoc", "= Pump\n:revdate: 2021-03-05\n\ntext", "2021-03-05T00:00:00+00:00"),
        (
            ".html",
            '<head><meta property="article:modified_time" content="2021-03-05"></head>',
            "2021-03-05T00:00:00+00:00",
        ),
        (
            ".html",
            '<div class="page-metadata">Created by <span>Ada</span> on Jan 02, 2020, last modified by'
            " <span>Ben</span> on Mar 05, 2021</div>",
            "2021-03-05T00:00:00+00:00",
        ),
        (".md", "The table has a column\nupdated: 2021-03-05", ""),
        (".md", "---\nlastmod: 0001-01-01T00:00:00Z\n---\ntext", ""),
        (".md", "---\nupdated: last spring\n---\ntext", ""),
        (".adoc", "= Pump\n\nupdated: 2021-03-05", ""),
        (".html", "<p>The law changed on Mar 05, 2021.</p>", ""),
        (".html", '<meta name="description" content="2021-03-05">', ""),
        (".docx", "no zip", ""),
        (".pdf", "no pdf", ""),
    ],
)
def test_a_document_is_dated_by_its_own_word_alone(suffix: str, text: str, date: str) -> None:
    assert changed_on(suffix, text.encode()) == date


def test_an_entry_of_a_zip_has_the_date_that_it_had_before(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("pump.md", (2019, 5, 6, 10, 0, 0)), "# Pump\n\nTurn the valve.")
        archive.writestr(zipfile.ZipInfo("lamp.md"), "# Lamp\n\nUnscrew it.")
    (folder / "pages.zip").write_bytes(packed.getvalue())
    source = KnowledgeSource(
        id="s1", kind=SourceKind.CONFLUENCE, name="pages", address=str(folder / "pages.zip"),
        readers=frozenset({EVERYONE}),
    )  # fmt: skip

    found = list(read_place(source, stores.blobs, Allowed(folders=(folder,))))

    assert [(one.name, getattr(one, "changed_at", 0)) for one in found] == [
        ("pump.md", LONG_AGO),
        ("lamp.md", None),
    ]
    assert stores.clock.now() - LONG_AGO > timedelta(days=1)
