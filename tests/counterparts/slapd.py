"""A real OpenLDAP server for a while: on loopback, with TLS, people, nested groups and names that bite.

It takes a bind with a name and no password for a good anonymous one, as many directories do: whoever passes
an empty password on signs everybody in.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.counterparts.debian import HERE, need_program
from tests.counterparts.mail import certificate
from tests.counterparts.processes import free_ports
from tests.waiting import wait_until

BASE = "dc=example,dc=org"
PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
SERVICE = f"cn=dogwatch,ou=services,{BASE}"
SERVICE_PASSWORD = "the-service-password"
PASSWORD = "correct horse battery"
ODD_NAME = 'J*ör)g\\,#+"ö(ä'
"""Every sign that means something in a filter or a distinguished name, and umlauts."""
_LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")


@dataclass(frozen=True)
class Slapd:
    """A running server."""

    host: str
    tls_port: int
    plain_port: int
    authority: str
    """File of the certificate that a client has to trust."""
    home: Path

    @property
    def ldaps(self) -> str:
        """Return its address with TLS from the first byte."""
        return f"ldaps://{self.host}:{self.tls_port}"

    @property
    def start_tls(self) -> str:
        """Return its address where TLS is asked for."""
        return f"ldap://{self.host}:{self.plain_port}"

    def change(self, ldif: str) -> None:
        """Change entries as its administrator."""
        _run(
            "usr/bin/ldapmodify", "-x", "-H", self.start_tls, "-D", f"cn=root,{BASE}", "-w", "root", text=ldif
        )

    def binds(self) -> list[str]:
        """Return the names that binds were asked for, as its log has them."""
        lines = (self.home / "slapd.log").read_text(errors="replace").splitlines()
        return [
            line.split('dn="')[1].split('"')[0] for line in lines if " BIND dn=" in line and "method=" in line
        ]


@contextlib.contextmanager
def slapd_server(referral: str = "ldap://127.0.0.1:9/", host: str = "localhost") -> Iterator[Slapd]:
    """Yield a fresh server; skip the test where it is not unpacked.

    Args:
        referral: Where it sends those who search below `ou=elsewhere`.
        host: The name that its certificate is made out to.
    """
    program = need_program("usr/sbin/slapd")
    home = Path(tempfile.mkdtemp(prefix="dogwatch-slapd-", dir="/tmp"))
    (home / "db").mkdir()
    _, authority = certificate(home, host)
    config, entries = home / "slapd.conf", home / "entries.ldif"
    config.write_text(_config(home))
    entries.write_text(_entries(referral), encoding="utf-8")
    _run("usr/sbin/slapadd", "-f", str(config), "-l", str(entries))
    tls_port = free_ports(2)
    listens = f"ldaps://127.0.0.1:{tls_port}/ ldap://127.0.0.1:{tls_port + 1}/"
    with (home / "slapd.log").open("wb") as log:
        command = [str(program), "-f", str(config), "-h", listens, "-d", "stats"]
        server = subprocess.Popen(command, stdout=log, stderr=log, env=_environment())
        try:
            _wait(server, tls_port, home)
            yield Slapd(host, tls_port, tls_port + 1, authority, home)
        finally:
            server.terminate()
            server.wait(timeout=20)
            shutil.rmtree(home)


def _config(home: Path) -> str:
    schemas = "".join(
        f"include {HERE}/etc/ldap/schema/{name}.schema\n" for name in ("core", "cosine", "inetorgperson")
    )
    return (
        f"{schemas}modulepath {HERE}/usr/lib/ldap\nmoduleload back_mdb\n"
        f"pidfile {home}/slapd.pid\nallow bind_anon_dn\n"
        f"TLSCertificateFile {home}/relay.pem\nTLSCertificateKeyFile {home}/relay.key\n"
        f'database mdb\nsuffix "{BASE}"\nrootdn "cn=root,{BASE}"\nrootpw root\ndirectory {home}/db\n'
        "dbnosync\n"
        "access to attrs=userPassword by anonymous auth by * none\n"
        f'access to * by dn.exact="{SERVICE}" read by * none\n'
    )


def _entries(referral: str) -> str:
    odd = ODD_NAME.replace("\\", "\\\\").replace(",", "\\,").replace("+", "\\+").replace('"', '\\"')
    odd_dn = f"cn={odd.replace('#', chr(92) + '#')},{PEOPLE}"
    people = [
        _person(f"uid=erin,{PEOPLE}", "erin", "Erin Engel", "erin@example.org"),
        _person(f"uid=olga,{PEOPLE}", "olga", "Olga Outside", "olga@example.org"),
        _person(f"uid=jörg,{PEOPLE}", "jörg", "Jörg Öztürk", "joerg@example.org"),
        _person(odd_dn, ODD_NAME, ODD_NAME, "odd@example.org"),
        _person(f"cn=first twin,{PEOPLE}", "twin", "first twin", "twin@example.org"),
        _person(f"cn=second twin,{PEOPLE}", "twin", "second twin", "twin2@example.org"),
    ]
    groups = [
        _group("dogwatch", f"cn=engineers,{GROUPS}", odd_dn),
        _group("engineers", f"cn=stream team,{GROUPS}"),
        _group("stream team", f"uid=erin,{PEOPLE}", f"cn=dogwatch,{GROUPS}"),
        _group("others", f"uid=olga,{PEOPLE}"),
    ]
    folders = "".join(
        f"dn: ou={name},{BASE}\nobjectClass: organizationalUnit\nou: {name}\n\n"
        for name in ("people", "groups", "services")
    )
    return (
        f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n{folders}"
        f"dn: {SERVICE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: dogwatch\n"
        f"userPassword: {SERVICE_PASSWORD}\n\n"
        f"dn: ou=elsewhere,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\n"
        f"ref: {referral}ou=people,dc=elsewhere\n\n" + "".join(people) + "".join(groups)
    )


def _person(dn: str, uid: str, name: str, mail: str) -> str:
    return (
        f"dn: {dn}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {name}\nsn: {name}\nmail: {mail}\n"
        f"userPassword: {PASSWORD}\n\n"
    )


def _group(name: str, *members: str) -> str:
    listed = "".join(f"member: {member}\n" for member in members)
    return f"dn: cn={name},{GROUPS}\nobjectClass: groupOfNames\ncn: {name}\n{listed}\n"


def _environment() -> dict[str, str]:
    found = ":".join(str(HERE / folder) for folder in _LIBRARIES)
    return {**os.environ, "LD_LIBRARY_PATH": found}


def _run(path: str, *words: str, text: str = "") -> None:
    command = [str(need_program(path)), *words]
    done = subprocess.run(command, input=text.encode(), capture_output=True, env=_environment(), check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))


def _wait(server: subprocess.Popen[bytes], port: int, home: Path) -> None:
    def answers() -> bool:
        if server.poll() is not None:
            raise RuntimeError((home / "slapd.log").read_text(errors="replace"))
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    wait_until(answers, 30)
