"""Which files a rendering child may touch, held by the kernel (Landlock): its workspace, and what drawing reads.

Landlock binds whoever calls it and all that they start, for good and without privilege; root as well. It also hides the
memory and the environment of every process outside from those inside, and from Linux 6.12 on keeps signals inside.
Source: Linux, include/uapi/linux/landlock.h; the numbers of its calls are the same on every architecture.
"""

import contextlib
import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_TELL_VERSION, _RULE_PATH = 1, 1
_LEAST_VERSION = 2
"""Linux 5.19; the first version cannot let a file be moved from one folder to another, which engines do."""

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
_FILE_RIGHTS = {2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights over files that a version knows, by the version that brought the last of them."""
_DEVICES = 1 << 6 | 1 << 9 | 1 << 11 | 1 << 15
"""Making devices and sockets, and control of devices."""
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_SCOPES_VERSION, _SCOPES = 6, 0b11
"""No abstract socket and no signal of a process outside."""

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin",
    "/opt/libreoffice", "/var/lib/libreoffice", "/var/spool/libreoffice", "/etc/libreoffice",
    "/etc/alternatives", "/etc/fonts", "/etc/group", "/etc/ld.so.cache", "/etc/locale.alias", "/etc/localtime",
    "/etc/mime.types", "/etc/nsswitch.conf", "/etc/passwd", "/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf",
    "/etc/timezone", "/dev/random", "/dev/urandom", "/dev/zero", "/sys/devices/system/cpu",
)  # fmt: skip
"""Programs, libraries and their settings in Debian and its relatives; of `/etc` nothing that holds secrets."""
_CODE = Path(__file__).resolve().parents[2]


def version() -> int:
    """Give the version of the kernel's Landlock; 0 where there is none, or it is switched off."""
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_TELL_VERSION))))


def fence_files(workspace: Path, *, readable: Iterable[Path]) -> bool:
    """Bind this thread, and every thread and process it starts from now on; tells whether the kernel does it.

    Args:
        workspace: Folder in which anything may be done, but making devices and sockets.
        readable: Files and folders that may be read, beside the system's programs and this one's code. A path that is
            not there is passed over.

    Raises:
        OSError: The kernel knows Landlock and refused a rule: a mistake of ours.
    """
    known = version()
    if known < _LEAST_VERSION:
        return False
    rights = max(mask for since, mask in _FILE_RIGHTS.items() if since <= known)
    with _ruleset(rights, scopes=_SCOPES if known >= _SCOPES_VERSION else 0) as ruleset:
        for path in (*map(Path, _SYSTEM), *_interpreter(), *readable):
            _allow(ruleset, path, rights & _READ)
        _allow(ruleset, Path(os.devnull), rights & (_READ_FILE | _WRITE_FILE | _TRUNCATE))
        _allow(ruleset, workspace, rights & ~_DEVICES & ~_EXECUTE)
        _call(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0))
    return True


def _interpreter() -> Iterator[Path]:
    """Python, its packages, our code and templates; not the folder around them, a checkout may hold anything."""
    yield from (Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix))
    yield from (_CODE / "service", _CODE / "evidence", _CODE / "templates")


@contextlib.contextmanager
def _ruleset(rights: int, *, scopes: int) -> Iterator[int]:
    attributes = struct.pack("=QQQ", rights, 0, scopes) if scopes else struct.pack("=Q", rights)
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    try:
        yield ruleset
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_A_FILE
        _call(_ADD_RULE, ruleset, _RULE_PATH, struct.pack("=Qi", rights, place), ctypes.c_uint32(0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    done = int(_libc().syscall(number, *arguments))
    if done < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock refused: {os.strerror(error)}")
    return done


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
