"""Generate the system-call filters, one file per architecture: `python -m remediation.sandbox.make_filters`.

The bytes are stored and golden-tested, so that no filter library is needed at run time. Allowed is what is
not listed: the walls are the namespaces, and the filter closes what namespaces do not cover.
"""

import errno
import struct
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "filters"
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT, _SECOND_ARGUMENT_AT = 0, 4, 16, 24
_X32_BIT = 0x40000000
_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET} and NEWTIME
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: vsock, netlink and packet ignore network namespaces

# System calls refused outright: name -> (x86_64, aarch64).
REFUSED: dict[str, tuple[int, int]] = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    "fanotify_init": (300, 262),
}
_CLONE, _CLONE3, _IOCTL, _SOCKET = (56, 220), (435, 435), (16, 29), (41, 198)


def filter_for(architecture: str) -> bytes:
    """Return the filter's bytes for `x86_64` or `aarch64`."""
    column = list(ARCHITECTURES).index(architecture)
    code = [
        _statement(_LOAD, _ARCHITECTURE_AT),
        _jump(_JUMP_EQUAL, ARCHITECTURES[architecture], 1, 0),
        _statement(_RETURN, _KILL),
        _statement(_LOAD, _NUMBER_AT),
    ]
    if architecture == "x86_64":
        code += [_jump(_JUMP_AT_LEAST, _X32_BIT, 0, 1), _refuse(errno.ENOSYS)]
    for numbers in REFUSED.values():
        code += [_jump(_JUMP_EQUAL, numbers[column], 0, 1), _refuse(errno.EPERM)]
    # clone3 keeps its flags in memory, where a filter cannot look; libraries fall back to clone.
    code += [_jump(_JUMP_EQUAL, _CLONE3[column], 0, 1), _refuse(errno.ENOSYS)]
    code += _when(
        _CLONE[column],
        _FIRST_ARGUMENT_AT,
        [_jump(_JUMP_ANY_BIT, _NEW_NAMESPACES, 0, 1), _refuse(errno.EPERM)],
    )
    code += _when(
        _IOCTL[column],
        _SECOND_ARGUMENT_AT,
        [_jump(_JUMP_EQUAL, _TIOCSTI, 1, 0), _jump(_JUMP_EQUAL, _TIOCLINUX, 0, 1), _refuse(errno.EPERM)],
    )
    families = [_jump(_JUMP_EQUAL, family, len(_FAMILIES) - n, 0) for n, family in enumerate(_FAMILIES)]
    code += _when(_SOCKET[column], _FIRST_ARGUMENT_AT, [*families, _refuse(errno.EAFNOSUPPORT)])
    code.append(_statement(_RETURN, _ALLOW))
    return b"".join(code)


def main() -> None:
    """Write every filter."""
    FOLDER.mkdir(exist_ok=True)
    for architecture in ARCHITECTURES:
        (FOLDER / f"{architecture}.bpf").write_bytes(filter_for(architecture))


def _when(number: int, argument_at: int, rules: Iterable[bytes]) -> list[bytes]:
    """Apply the rules to one argument of one call, then load the call's number again."""
    body = [_statement(_LOAD, argument_at), *rules, _statement(_LOAD, _NUMBER_AT)]
    return [_jump(_JUMP_EQUAL, number, 0, len(body)), *body]


def _refuse(number: int) -> bytes:
    return _statement(_RETURN, _ERROR | number)


def _statement(code: int, operand: int) -> bytes:
    return struct.pack("<HBBI", code, 0, 0, operand)


def _jump(code: int, operand: int, when_true: int, when_false: int) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, operand)


if __name__ == "__main__":
    main()
