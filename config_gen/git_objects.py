"""Read and write the objects of a configuration repository: one folder `feeds`, one plain file per feed.

Paths come from feed names by whitelist and are looked up in Git's trees, never on a disk: a link, a
submodule or a twin that differs only in case is refused before anything is written beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from config_gen.git_repository import GitRepository, checked_sha
from domain.configuration.reviews import PersonRef, sign_off
from domain.errors import BadInput, NotFound
from domain.ids import FeedName, feed_name

FOLDER = "feeds"
_FILE_MODE = "100644"
_FOLDER_MODE = "040000"
SYSTEM = PersonRef(name="Dogwatch", email="dogwatch@localhost")


@dataclass(frozen=True)
class Entry:
    """One entry of a tree as `ls-tree` tells it."""

    mode: str
    kind: str
    sha: str
    name: str


@dataclass(frozen=True)
class Commit:
    """What one commit says."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    seconds: int
    message: str


def path_of(feed: FeedName) -> str:
    """Return the feed's path in the repository; the name is checked again, whoever made it."""
    return f"{FOLDER}/{feed_name(feed)}.yaml"


def read_blob(repository: GitRepository, sha: str) -> bytes:
    """Return the bytes of a blob."""
    return repository.git("cat-file", "blob", operands=(checked_sha(sha),))


def write_blob(repository: GitRepository, content: bytes) -> str:
    """Store bytes as they are, without filters, and return their id."""
    return repository.git("hash-object", "-w", "--no-filters", "--stdin", stdin=content).decode().strip()


def entries(repository: GitRepository, treeish: str) -> list[Entry]:
    """Return what lies directly in a tree."""
    listed = repository.git("ls-tree", "-z", operands=(checked_sha(treeish),)).split(b"\0")
    found = []
    for line in listed[:-1]:
        meta, _, name = line.partition(b"\t")
        mode, kind, sha = meta.decode().split(" ")
        found.append(Entry(mode, kind, sha, name.decode("utf-8", errors="surrogateescape")))
    return found


def feed_entries(repository: GitRepository, commit: str) -> dict[FeedName, Entry]:
    """Return the plain files of the feeds' folder by feed name.

    Raises:
        BadInput: The folder is a link, a submodule or a file.
    """
    folder = _feeds_folder(repository, commit)
    if folder is None:
        return {}
    found = {}
    for entry in entries(repository, folder.sha):
        if entry.mode == _FILE_MODE and entry.name.endswith(".yaml"):
            try:
                found[feed_name(entry.name.removesuffix(".yaml"))] = entry
            except BadInput:
                continue
    return found


def find_feed(repository: GitRepository, commit: str, feed: FeedName) -> bytes | None:
    """Return the feed's bytes at a commit, or None when it has none there."""
    entry = feed_entries(repository, commit).get(feed_name(feed))
    return read_blob(repository, entry.sha) if entry else None


def tree_with(repository: GitRepository, commit: str, feed: FeedName, content: bytes | None) -> str:
    """Return the tree of the commit with one feed's file set, or taken away when content is None.

    Raises:
        BadInput: Something that is no plain file of ours is in the way.
    """
    root = entries(repository, commit)
    folder = _feeds_folder(repository, commit)
    inside = entries(repository, folder.sha) if folder else []
    name = path_of(feed).removeprefix(f"{FOLDER}/")
    for entry in inside:
        if entry.name.casefold() == name and (entry.name != name or entry.mode != _FILE_MODE):
            raise BadInput(
                f"{entry.mode} {entry.kind} in the way",
                say=f"Something that is no plain file stands at {path_of(feed)} in the repository.",
                next_step="Somebody with access to the repository has to take it away first.",
            )
    kept = [entry for entry in inside if entry.name != name]
    if content is not None:
        kept.append(Entry(_FILE_MODE, "blob", write_blob(repository, content), name))
    top = [entry for entry in root if entry.name != FOLDER]
    if kept:
        top.append(Entry(_FOLDER_MODE, "tree", _make_tree(repository, kept), FOLDER))
    return _make_tree(repository, top)


def write_commit(
    repository: GitRepository,
    *,
    tree: str,
    parents: Sequence[str],
    message: str,
    author: PersonRef,
    seconds: int,
) -> str:
    """Store a commit signed off by its author, and return its id; equal arguments give an equal id."""
    who = f"{author.signature()} {seconds} +0000"
    lines = [f"tree {checked_sha(tree)}", *(f"parent {checked_sha(parent)}" for parent in parents)]
    lines += [f"author {who}", f"committer {who}", "", message.strip(), "", sign_off(author), ""]
    body = "\n".join(lines).encode()
    return repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=body).decode().strip()


def read_commit(repository: GitRepository, sha: str) -> Commit:
    """Return what the commit says.

    Raises:
        NotFound: There is no such commit.
    """
    if not repository.holds("cat-file", "-e", operands=(f"{checked_sha(sha)}^{{commit}}",)):
        raise NotFound(f"no commit {sha}", say="There is no such commit in the configuration repository.")
    raw = repository.git("cat-file", "commit", operands=(sha,)).decode("utf-8", errors="replace")
    head, _, message = raw.partition("\n\n")
    fields = [line.partition(" ")[::2] for line in head.splitlines()]
    author = next(value for key, value in fields if key == "author")
    who, _, when = author.rpartition("> ")
    return Commit(
        sha=sha,
        tree=next(value for key, value in fields if key == "tree"),
        parents=tuple(value for key, value in fields if key == "parent"),
        author=f"{who}>",
        seconds=int(when.split(" ")[0]),
        message=message,
    )


def find_ref(repository: GitRepository, ref: str) -> str | None:
    """Return the id that the full ref name points to, or None."""
    listed = repository.git("for-each-ref", "--format=%(objectname) %(refname)", operands=(ref,)).decode()
    return next((sha for sha, name in (line.split(" ") for line in listed.splitlines()) if name == ref), None)


def _feeds_folder(repository: GitRepository, commit: str) -> Entry | None:
    folder = next((entry for entry in entries(repository, commit) if entry.name.casefold() == FOLDER), None)
    if folder is not None and (folder.mode != _FOLDER_MODE or folder.name != FOLDER):
        raise BadInput(
            f"{FOLDER} is a {folder.mode}",
            say=f"In the configuration repository, `{FOLDER}` is no plain folder, so I leave it alone.",
            next_step="Somebody with access to the repository has to make it a folder.",
        )
    return folder


def _make_tree(repository: GitRepository, members: Sequence[Entry]) -> str:
    lines = [
        f"{entry.mode} {entry.kind} {entry.sha}\t{entry.name}".encode("utf-8", errors="surrogateescape")
        for entry in members
    ]
    return repository.git("mktree", "-z", stdin=b"".join(line + b"\0" for line in lines)).decode().strip()
