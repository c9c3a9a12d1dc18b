"""Commands of a program or host: `GET /<verb>` asks, `POST /<verb> {arguments}` changes."""

from collections.abc import Callable, Sequence

from remediation.broker.children import ran
from remediation.broker.grants import Grant
from remediation.broker.targets import ProcessTarget, SshTarget, Verb, filled_argv
from remediation.broker.wire import Request, Response, said

_MOST_OUTPUT = 65_536


class CommandGate:
    """Answers one script. Commands are the operator's; a script only picks one and fills its blanks."""

    def __init__(
        self,
        grant: Grant,
        target: ProcessTarget | SshTarget,
        *,
        before: Sequence[str] = (),
        spell: Callable[[str], str] = str,
    ) -> None:
        self._grant = grant
        self._spell = spell
        self._verbs = target.verbs
        self._before = list(before)

    async def handle(self, request: Request) -> Response:
        """Run one verb, or note it."""
        verb = self._verbs.get(request.words[0]) if len(request.words) == 1 else None
        if verb is None:
            return self._grant.refuse(f"the verb {request.path[:60]}", status=404)
        given = {name: str(value) for name, value in {**request.query, **request.fields()}.items()}
        argv = filled_argv(verb, given, self._spell)
        if argv is None:
            return self._grant.refuse(f"{request.words[0]} with arguments that don't fit", status=400)
        if request.method == "GET" and not verb.is_change:
            return await self._run(verb, argv)
        if request.method != "POST" or not self._grant.may_write:
            return self._grant.refuse(f"{request.method} {request.words[0]}, which would change it")
        if self._grant.is_preview:
            words = " ".join(f"{name}={given[name]}" for name in sorted(given))
            self._grant.note(f"{request.words[0]} {words}".strip())
            return said(200, code=0, output="")
        return await self._run(verb, argv)

    async def _run(self, verb: Verb, argv: list[str]) -> Response:
        try:
            code, output = await ran(
                self._grant.step,
                [*self._before, *argv],
                seconds=verb.timeout_seconds,
                most_bytes=_MOST_OUTPUT,
            )
        except TimeoutError:
            return said(504, error=f"the command took longer than {verb.timeout_seconds} s")
        except OSError as error:
            return said(502, error=f"the command can't start: {error.strerror}")
        return said(200 if code == 0 else 500, code=code, output=output.decode("utf-8", "replace"))


def ssh_prefix(target: SshTarget, key_file: str) -> list[str]:
    """Return the part before the verb: one key, known hosts only, nothing forwarded."""
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={target.known_hosts}"]
    options += ["IdentitiesOnly=yes", "ForwardAgent=no", "ClearAllForwardings=yes", "ConnectTimeout=10"]
    words = ["/usr/bin/ssh", "-F", "/dev/null", "-T", "-i", key_file]
    for option in options:
        words += ["-o", option]
    return [*words, "--", target.host]
