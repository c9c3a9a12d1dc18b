"""The stores: database, audit signer, blobs, configuration host."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config_gen.gate import inspect
from config_gen.local_reviews import LocalReviews
from domain.errors import BadInput, NotNow
from domain.ports.change_host import ChangeHost, FeedShelf
from remediation.order_keys import Ed25519Ring
from runtime.keys import KeyFolder
from runtime.private_files import keep_private, make_private
from runtime.settings.house import Settings
from storage.audit.anchors import AnchorFile
from storage.blobs import DirectoryBlobs
from storage.engine import Database
from storage.migrate import migrate
from storage.sealing import Sealer
from storage.unit_of_work import SqlTransactions

SHIPPED = Path(__file__).parent.parent / "shipped"
COLUMNS = "columns"
"""What the keys that seal columns are for."""
RESTORING = ".restoring"
"""Lies in the data folder from the first to the last moment of a restore."""


class SystemClock:
    """Implements `Clock` with the machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class Stores:
    """Everything that keeps something."""

    database: Database
    transactions: SqlTransactions
    blobs: DirectoryBlobs
    host: ChangeHost
    shelf: FeedShelf
    keys: KeyFolder
    audit_ring: Ed25519Ring
    anchors: AnchorFile
    clock: SystemClock


def open_stores(settings: Settings, *, is_restoring: bool = False) -> Stores:
    """Open everything, making it at the first start and bringing the database up to date.

    Raises:
        NotNow: A restore into the data folder was interrupted; only the restore itself may go on.
    """
    data = settings.data_dir.resolve()
    if (data / RESTORING).exists() and not is_restoring:
        raise NotNow(
            "half restored",
            say=f"A restore into {data} did not come to its end, so what is there is not whole.",
            next_step="Run the same `dogwatch restore` again.",
        )
    make_data_folder(data)
    keys = KeyFolder(data / "keys")
    if not settings.database.url:
        keep_private(data / "dogwatch.db")  # the log beside it gets the same mode
    database = Database(settings.database_url())
    migrate(database)
    signer = keys.signer("audit")
    transactions = transactions_of(database, keys)
    seal_what_is_not(transactions)
    anchor_file = Path(settings.audit.anchor_file) if settings.audit.anchor_file else data / "anchors.jsonl"
    host, shelf = _configuration_host(settings, data)
    return Stores(
        database=database,
        transactions=transactions,
        blobs=DirectoryBlobs(data / "blobs"),
        host=host,
        shelf=shelf,
        keys=keys,
        audit_ring=keys.ring("audit"),
        anchors=AnchorFile(anchor_file, signer, every=settings.audit.anchor_every),
        clock=SystemClock(),
    )


def make_data_folder(data: Path) -> None:
    """Make the data folder where there is none.

    Raises:
        BadInput: It can't be made, or is a file.
    """
    try:
        make_private(data)
    except OSError as error:
        raise BadInput(
            f"data folder: {type(error).__name__}",
            say=f"The data folder {data} can't be made: {(error.strerror or 'no reason was given').lower()}.",
            next_step="Set DOGWATCH_DATA_DIR to a folder that this account may write.",
        ) from error


def transactions_of(database: Database, keys: KeyFolder) -> SqlTransactions:
    """Return what opens transactions, with the keys that sign the audit trail and seal columns."""
    return SqlTransactions(database, keys.signer("audit"), Sealer(lambda: keys.sealing(COLUMNS)))


def seal_what_is_not(transactions: SqlTransactions) -> int:
    """Seal with the newest key what an older one sealed, or none; returns how many people that was.

    Raises:
        BadInput: The keys do not belong to this database.
    """
    with transactions.reading() as uow:
        waits = uow.sealed_people.stale()
    if not waits:
        return 0
    with transactions.writing() as uow:
        return uow.sealed_people.seal_again()


def _configuration_host(settings: Settings, data: Path) -> tuple[ChangeHost, FeedShelf]:
    if settings.git.host == "github":
        from integrations.github import GitHubReviews

        github = GitHubReviews(
            settings.git.github_repository,
            token=settings.git.github_token.get_secret_value,
            gate=inspect,
            base_url=settings.git.github_url,
            branch=settings.git.branch,
        )
        return github, github
    if settings.git.host == "gitlab":
        from integrations.gitlab import GitLabReviews

        gitlab = GitLabReviews(
            settings.git.gitlab_project,
            token=settings.git.gitlab_token.get_secret_value,
            gate=inspect,
            base_url=settings.git.gitlab_url,
            branch=settings.git.branch,
        )
        return gitlab, gitlab
    reviews = LocalReviews(data / "config.git", gate=inspect, url="")
    return reviews, reviews
