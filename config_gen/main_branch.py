"""The protected branch of a repository of our own: begun once, and never begun anew under those who use it.

A folder that goes away while its feeds are in use (a mount that fell, a hand that tidied up) is said to be
gone. Made again in silence it would say that nothing was ever agreed. A file beside it says that it was
begun, so that another process, or one that starts meanwhile, does not make it again.
"""

import contextlib

from config_gen.git_objects import SYSTEM, find_ref, write_blob, write_commit
from config_gen.git_repository import GitRepository, checked_sha
from domain.errors import OutsideTrouble

MAIN = "refs/heads/main"
NO_COMMIT = "0" * 40
_WELCOME = b"# Feed configurations\n\nOne file per feed, changed by review only.\n"


class MainBranch:
    """The branch on which the agreed configurations are."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository
        self._mark = repository.path.with_name(f"{repository.path.name}.begun")
        self._was_there = False

    def head(self) -> str:
        """Return its newest commit, making the repository and its first commit where none was seen yet.

        Raises:
            OutsideTrouble: It was there, and is no more.
        """
        main = find_ref(self._repository, MAIN) if (self._repository.path / "HEAD").exists() else None
        if main is None and (self._was_there or self._mark.exists()):
            raise OutsideTrouble(
                f"{self._repository.path} has no {MAIN} any more",
                say="The folder with the agreed configurations is gone, so I read and change none.",
                next_step="An operator brings `config.git` of the data folder back, its disk or a backup."
                " Nothing is begun anew meanwhile, unless `config.git.begun` beside it is taken away, too.",
            )
        main = main or self._begin()
        if not self._was_there:
            self._was_there = True
            with contextlib.suppress(OSError):  # a disk that takes nothing keeps nobody from reading
                self._mark.touch(mode=0o600)
        return main

    def _begin(self) -> str:
        self._repository.create()
        tree_blob = write_blob(self._repository, _WELCOME)
        tree = self._repository.git("mktree", "-z", stdin=f"100644 blob {tree_blob}\tREADME.md\0".encode())
        first = write_commit(
            self._repository,
            tree=tree.decode().strip(),
            parents=(),
            message="Begin",
            author=SYSTEM,
            seconds=0,
        )
        with self._repository.exclusively():
            if find_ref(self._repository, MAIN) is None:
                move_ref(self._repository, MAIN, first, NO_COMMIT)
        return find_ref(self._repository, MAIN) or first


def move_ref(repository: GitRepository, ref: str, new: str, old: str) -> None:
    """Let a ref point elsewhere, if it still points where we saw it."""
    repository.git("update-ref", operands=(ref, checked_sha(new), checked_sha(old)))
