"""What a rendering child may ask of the kernel once it is warm (seccomp): no socket, no process, no other process.

Drawing computes, reads and writes files, and starts threads. The rest is refused with EPERM, in every thread, for good
and without privilege, so that containers that allow no namespaces have a child without a network as well. Rights and
owners of files are not changed by name either: Landlock lets that pass.
Source: Linux, include/uapi/linux/seccomp.h and bpf_common.h; numbers of calls by architecture, as in asm/unistd.h.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_ALLOW, _REFUSE, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_CLONE_THREAD = 0x10000
_OTHER_NUMBERS = 0x40000000
"""From here on x86-64 has the same calls again, for programs of 32-bit addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One architecture: its name to the kernel, and its numbers of the calls below."""

    audit: int
    seccomp: int
    forbidden: tuple[int, ...]
    clone: int
    clone3: int
    to_own_group: int
    """`kill`: its own process group alone (0)."""
    to_itself: int
    """`prlimit64`: of this process alone (0)."""
    to_own_threads: int
    """`tgkill`: its own threads alone."""


MACHINES = {
    "x86_64": Machine(
        audit=0xC000003E,
        seccomp=317,
        forbidden=(
            41, 42, 49, 50, 53,  # socket, connect, bind, listen, socketpair
            57, 58, 59, 322,  # fork, vfork, execve, execveat
            101, 310, 311, 312, 440,  # ptrace, process_vm_readv, process_vm_writev, kcmp, process_madvise
            129, 200, 297, 424, 434, 438,  # rt_sigqueueinfo, tkill, rt_tgsigqueueinfo, pidfd_send_signal, _open, _getfd
            29, 30, 64, 68, 240,  # shmget, shmat, semget, msgget, mq_open
            155, 161, 165, 166, 272, 308,  # pivot_root, chroot, mount, umount2, unshare, setns
            428, 429, 430, 431, 432, 433, 442,  # open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_…
            303, 304,  # name_to_handle_at, open_by_handle_at
            90, 268, 452, 92, 94, 260,  # by name: chmod, fchmodat, fchmodat2, chown, lchown, fchownat
            188, 189, 197, 198, 463,  # and setxattr, lsetxattr, removexattr, lremovexattr, setxattrat
            248, 249, 250, 298, 321, 323,  # add_key, request_key, keyctl, perf_event_open, bpf, userfaultfd
            425, 426, 427,  # io_uring_setup, io_uring_enter, io_uring_register
        ),
        clone=56, clone3=435, to_own_group=62, to_itself=302, to_own_threads=234,
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        seccomp=277,
        forbidden=(
            198, 203, 200, 201, 199,  # socket, connect, bind, listen, socketpair
            221, 281,  # execve, execveat; there is no fork or vfork
            117, 270, 271, 272, 440,  # ptrace, process_vm_readv, process_vm_writev, kcmp, process_madvise
            138, 130, 240, 424, 434, 438,  # rt_sigqueueinfo, tkill, rt_tgsigqueueinfo, pidfd_send_signal, _open, _getfd
            194, 196, 190, 186, 180,  # shmget, shmat, semget, msgget, mq_open
            41, 51, 40, 39, 97, 268,  # pivot_root, chroot, mount, umount2, unshare, setns
            428, 429, 430, 431, 432, 433, 442,  # open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_…
            264, 265,  # name_to_handle_at, open_by_handle_at
            53, 452, 54,  # by name: fchmodat, fchmodat2, fchownat
            5, 6, 14, 15, 463,  # and setxattr, lsetxattr, removexattr, lremovexattr, setxattrat
            217, 218, 219, 241, 280, 282,  # add_key, request_key, keyctl, perf_event_open, bpf, userfaultfd
            425, 426, 427,  # io_uring_setup, io_uring_enter, io_uring_register
        ),
        clone=220, clone3=435, to_own_group=129, to_itself=261, to_own_threads=131,
    ),
}  # fmt: skip


def forbid_syscalls() -> bool:
    """Bind all threads of this process; tells whether the kernel does it.

    `PR_SET_NO_NEW_PRIVS` has to be set before. False on a machine whose numbers we do not know, and where the kernel
    has no such filters.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    steps = list(_program(machine))
    code = ctypes.create_string_buffer(b"".join(steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.syscall(machine.seccomp, _SET_MODE_FILTER, ctypes.c_uint(_ALL_THREADS), program) == 0)


def _program(machine: Machine) -> Iterator[bytes]:
    refused = _step(_RETURN, _REFUSE | errno.EPERM)
    yield from (_step(_LOAD, _ARCHITECTURE_AT), _step(_EQUAL, machine.audit, then=1), _step(_RETURN, _KILL_PROCESS))
    yield from (_step(_LOAD, _NUMBER_AT), _step(_AT_LEAST, _OTHER_NUMBERS, otherwise=1), refused)
    for number in machine.forbidden:
        yield from (_step(_EQUAL, number, otherwise=1), refused)
    # The C library then starts its threads by the older call, whose flags a filter can see.
    yield from (_step(_EQUAL, machine.clone3, otherwise=1), _step(_RETURN, _REFUSE | errno.ENOSYS))
    yield from _only_if(machine.clone, _HAS_BITS, _CLONE_THREAD)
    yield from _only_if(machine.to_own_group, _EQUAL, 0)
    yield from _only_if(machine.to_itself, _EQUAL, 0)
    yield from _only_if(machine.to_own_threads, _EQUAL, os.getpid())
    yield _step(_RETURN, _ALLOW)


def _only_if(number: int, test: int, value: int) -> Iterator[bytes]:
    """Allow one call if its first argument passes a test."""
    yield from (_step(_EQUAL, number, otherwise=4), _step(_LOAD, _FIRST_ARGUMENT_AT), _step(test, value, then=1))
    yield from (_step(_RETURN, _REFUSE | errno.EPERM), _step(_RETURN, _ALLOW))


def _step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """One instruction: what to do, how many to skip where it holds and where it does not, with what."""
    return struct.pack("=HBBI", code, then, otherwise, value)
