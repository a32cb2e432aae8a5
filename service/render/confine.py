"""What a child may not do: dial out, eat the machine, outlive its parent, look into other processes.

Network: a namespace of its own with no interface up, where the kernel lets us (root, or unprivileged user namespaces).
A rendering child has two fences more, `landlock` for files and `syscalls` for sockets and processes; each kernel gives
what it has, and the child says what it was given.
"""

import ctypes
import os
import resource
import signal
import struct
import threading
import time
from pathlib import Path

from service.render.workspace import clear

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITIES_VERSION = 0x20080522
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_FILE_LIMIT = 512 * 2**20


def confine(*, memory_bytes: int) -> bool:
    """Bind this process for good; tells whether it was cut off from every network.

    Args:
        memory_bytes: Private memory this process may have; asking for more fails or kills it, and nobody else.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    cut_off = _leave_network(libc)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_LIMIT, _FILE_LIMIT))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    return cut_off


def give_up_privileges() -> None:
    """Keep no capability, neither root's nor those within a namespace of our own, and be hidden from our own kind.

    As root, files of other users are then read only where everybody may.
    """
    header = struct.pack("=Ii", _CAPABILITIES_VERSION, 0)
    ctypes.CDLL(None, use_errno=True).capset(header, bytes(24))
    hide_memory()


def hide_memory() -> None:
    """Keep memory, environment and open files of this process from other processes of the same user, and from dumps.

    The service's memory holds the tenants' keys, its environment may hold a password. Root's capabilities see it all
    the same; a child gives them up.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def allow_cpu(seconds: int) -> None:
    """Let this process use that much more processor time; past it the kernel kills it, whatever it is stuck in."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds + 1, hard))


def follow_parent(workspace: Path) -> None:
    """End this process group soon after the parent is gone, even in the middle of work, and leave no letter behind.

    The kernel's parent-death signal would be wrong here: it follows the *thread* that started us, and the pool's
    starting threads are short-lived.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        clear(workspace)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()


def _leave_network(libc: ctypes.CDLL) -> bool:
    """A plain namespace for root; otherwise one inside a user namespace that maps only ourselves.

    Some systems let a process into a user namespace and then forbid the mapping, which cannot be undone: a forked copy
    of us tries it first.
    """
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    trial = os.fork()
    if trial == 0:
        os._exit(0 if _enter_own_namespaces(libc) else 1)
    _, status = os.waitpid(trial, 0)
    return status == 0 and _enter_own_namespaces(libc)


def _enter_own_namespaces(libc: ctypes.CDLL) -> bool:
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    except OSError:
        return False
    return True
