"""Try to break out. Prints the name of every attempt that succeeded, one a line; ends with code 42.

Reads what the host prepared as bait from /inputs/bait.json: a listening port, an abstract socket, a secret
file, a process, namespace ids, the host's name, the sizes that must hold.
"""

import contextlib
import ctypes
import json
import os
import socket
import sys
from typing import Any

CODE = 42
_NEW_USER = 0x10000000
# They belong to the step's own process-id and message namespaces and die with them.
_OWN_NAMESPACES_ONLY = (
    "/proc/sys/fs/mqueue/",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/kernel/shm",
    "/proc/sys/kernel/msg",
    "/proc/sys/kernel/sem",
    "/proc/sys/kernel/auto_msgmni",
)
_LIBC = ctypes.CDLL(None, use_errno=True)


def write_outside(bait: dict[str, Any]) -> bool:
    folders = (
        "/",
        "/usr",
        "/usr/bin",
        "/etc",
        "/dev",
        "/inputs",
        "/tools",
        "/targets",
        "/libraries",
        "/proc",
        "/bin",
    )
    return any(_can_write(f"{folder}/escaped") for folder in folders)


def read_host_secrets(bait: dict[str, Any]) -> bool:
    places = (bait["secret_file"], "/etc/shadow", "/etc/hostname", "/root", "/home", "/run", "/var")
    return any(os.path.exists(place) for place in places)


def environment(bait: dict[str, Any]) -> bool:
    return bait["canary"] in " ".join(os.environ.values()) or len(os.environ) > 8


def tcp_to_host(bait: dict[str, Any]) -> bool:
    return _can_connect(socket.AF_INET, ("127.0.0.1", bait["port"]))


def internet(bait: dict[str, Any]) -> bool:
    places = ((socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_INET, ("169.254.169.254", 80)))
    for family, place in places:
        with socket.socket(family, socket.SOCK_DGRAM) as door:
            try:
                door.connect(place)
                return True
            except OSError:
                continue
    return set(os.listdir("/sys/class/net") if os.path.isdir("/sys/class/net") else ["lo"]) != {"lo"}


def abstract_socket(bait: dict[str, Any]) -> bool:
    return _can_connect(socket.AF_UNIX, "\0" + bait["abstract"])


def odd_families(bait: dict[str, Any]) -> bool:
    for family in (40, 16, 17, 38, 44, 31, 29):  # vsock, netlink, packet, alg, xdp, bluetooth, can
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
            return True
        except OSError as error:
            if error.errno != 97 or (family == 40 and _is_vsock_reachable()):
                return True
    return False


def _is_vsock_reachable() -> bool:
    try:
        socket.socket(40, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


def user_namespace(bait: dict[str, Any]) -> bool:
    return bool(_LIBC.unshare(_NEW_USER) == 0)


def namespace_filter(bait: dict[str, Any]) -> bool:
    # Refused by the filter with EPERM even where the kernel would have said something else.
    _LIBC.unshare(0)
    return bool(ctypes.get_errno() != 1)


def mount(bait: dict[str, Any]) -> bool:
    return bool(_LIBC.mount(b"none", b"/job", b"tmpfs", 0, None) == 0)


def sysctl(bait: dict[str, Any]) -> bool:
    for folder, _, names in os.walk("/proc/sys"):
        for name in names:
            place = os.path.join(folder, name)
            if not place.startswith(_OWN_NAMESPACES_ONLY) and os.access(place, os.W_OK):
                return True
    return False


def privileges(bait: dict[str, Any]) -> bool:
    with open("/proc/self/status", encoding="ascii") as file:
        facts = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    has_any = any(int(facts[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"))
    return has_any or facts["NoNewPrivs"] != "1" or facts["Seccomp"] != "2"


def identity(bait: dict[str, Any]) -> bool:
    return (os.getuid(), os.getgid()) != (65534, 65534)


def host_processes(bait: dict[str, Any]) -> bool:
    visible = [name for name in os.listdir("/proc") if name.isdigit()]
    for name in visible:
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                if file.read().rpartition(")")[2].split()[19] == str(bait["start_time"]):
                    return True
        except OSError:
            continue
    return len(visible) > 20


def fill_job(bait: dict[str, Any]) -> bool:
    return _written("/job/fill") > int(bait["job_bytes"])


def fill_tmp(bait: dict[str, Any]) -> bool:
    return _written(bait["tmp"]) > int(bait["tmp_bytes"])


def fill_shared_memory(bait: dict[str, Any]) -> bool:
    return _written(bait["shm"]) > int(bait["shm_bytes"])


def descriptors(bait: dict[str, Any]) -> bool:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append((int(name), os.readlink(f"/proc/self/fd/{name}")))
        except OSError:
            continue
    return any(number > 2 and not place.startswith("/proc/") for number, place in found)


def host_name(bait: dict[str, Any]) -> bool:
    return socket.gethostname() == str(bait["host_name"]) or bool(_LIBC.sethostname(b"x", 1) == 0)


def shared_namespaces(bait: dict[str, Any]) -> bool:
    return any(os.readlink(f"/proc/self/ns/{name}") == value for name, value in bait["namespaces"].items())


def terminal_session(bait: dict[str, Any]) -> bool:
    return os.getsid(0) == 0


def _can_write(path: str) -> bool:
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write("escaped")
    except OSError:
        return False
    return True


def _can_connect(family: int, place: Any) -> bool:  # Any: an address of any family
    with socket.socket(family) as door:
        door.settimeout(1)
        try:
            door.connect(place)
        except OSError:
            return False
    return True


def _written(path: str) -> int:
    block, total = b"\0" * 65536, 0
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while total < 3 * 2**20:
            total += file.write(block)
    with contextlib.suppress(OSError):
        os.unlink(path)
    return total


ATTEMPTS = (
    write_outside,
    read_host_secrets,
    environment,
    tcp_to_host,
    internet,
    abstract_socket,
    odd_families,
    user_namespace,
    namespace_filter,
    mount,
    sysctl,
    privileges,
    identity,
    host_processes,
    fill_job,
    fill_tmp,
    fill_shared_memory,
    descriptors,
    host_name,
    shared_namespaces,
    terminal_session,
)


def main() -> None:
    with open("/inputs/bait.json", encoding="utf-8") as file:
        bait = json.load(file)
    for attempt in ATTEMPTS:
        if sys.argv[1:] and attempt.__name__ not in sys.argv[1:]:
            continue
        if attempt(bait):
            print(attempt.__name__)
    print("tried", len(ATTEMPTS))
    sys.stdout.flush()
    raise SystemExit(CODE)


if __name__ == "__main__":
    main()
