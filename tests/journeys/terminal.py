"""A person at a terminal: `dogwatch ask` as a process of its own, typed at and read from."""

import re
import subprocess
import sys
import threading

from tests.journeys.house import ROOT, WAIT_SECONDS, House, wait_until


class TerminalPerson:
    """One conversation; leave it with `leave`."""

    def __init__(self, running: House, person: str) -> None:
        self.said = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runtime", "ask", "--as", person],
            cwd=ROOT,
            env=running.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for(">")

    def type(self, line: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def wait_for(self, text: str, since: int = 0, seconds: float = WAIT_SECONDS) -> str:
        """Return everything said since a position as soon as it holds a text."""
        wait_until(lambda: text in self.said[since:], seconds)
        return self.said[since:]

    def press(self, label: str, since: int = 0) -> None:
        """Type the number of a button."""
        numbers = re.findall(rf"(\d+)\W{{1,3}}{label}", self.said[since:])
        assert numbers, self.said[since:]
        self.type(numbers[-1])

    def take_every_proposal(self, until: str) -> None:
        """Answer each question with what is proposed, until the terminal says a text."""
        since = seen = len(self.said)

        def asked_or_done() -> bool:
            return until in self.said[since:] or (len(self.said) > seen and self.said.endswith(" "))

        while until not in self.said[since:]:
            wait_until(asked_or_done, 60)
            if until in self.said[since:] or self.said.rstrip().endswith(">"):
                break
            seen = len(self.said)
            self.type("")
        self.wait_for(until, since)

    def leave(self) -> int:
        """End the conversation and return the exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(timeout=30)
        self._reader.join(timeout=10)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        while character := self._process.stdout.read(1):
            self.said += character
