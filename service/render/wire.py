"""Messages between the service and its rendering children: a JSON head and raw blobs, each with its length in front.

No pickle: a child that a hostile template took over must not be able to run code in its parent by answering.
"""

import json
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

MESSAGE_LIMIT = 256 * 2**20
"""Bytes of one message, either way."""
_LENGTHS = struct.Struct("!II")


class WireError(Exception):
    """The other side is gone, or does not speak this language."""


class DeadlineError(Exception):
    """The other side did not answer in time."""


def send(
    channel: socket.socket, head: dict[str, Any], blobs: Sequence[bytes] = (), *, deadline: float | None = None
) -> None:
    """Send one message.

    Args:
        channel: Connected stream socket.
        head: What JSON can hold.
        blobs: Raw bytes that go with it.
        deadline: `time.monotonic()` by which all of it has to be gone.

    Raises:
        WireError: The other side is gone.
        DeadlineError: It does not read.
    """
    data = json.dumps({"head": head, "blobs": [len(blob) for blob in blobs]}).encode()
    message = b"".join((_LENGTHS.pack(len(data), sum(map(len, blobs))), data, *blobs))
    _set_deadline(channel, deadline)
    try:
        channel.sendall(message)
    except TimeoutError as error:
        raise DeadlineError from error
    except OSError as error:
        raise WireError(str(error)) from error


def receive(channel: socket.socket, *, deadline: float | None = None) -> tuple[dict[str, Any], list[bytes]]:
    """Receive one message.

    Raises:
        WireError: The other side is gone or sent nonsense.
        DeadlineError: Nothing whole came by the deadline.
    """
    head_size, blobs_size = _LENGTHS.unpack(_read(channel, _LENGTHS.size, deadline))
    if head_size + blobs_size > MESSAGE_LIMIT:
        raise WireError("the message is too large")
    try:
        message = json.loads(_read(channel, head_size, deadline))
        head, sizes = dict(message["head"]), [int(size) for size in message["blobs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise WireError("the message is malformed") from error
    if sum(sizes) != blobs_size or any(size < 0 for size in sizes):
        raise WireError("the message is malformed")
    return head, [_read(channel, size, deadline) for size in sizes]


def _read(channel: socket.socket, size: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        _set_deadline(channel, deadline)
        try:
            piece = channel.recv(min(size - len(data), 2**20))
        except TimeoutError as error:
            raise DeadlineError from error
        except OSError as error:
            raise WireError(str(error)) from error
        if not piece:
            raise WireError("the other side is gone")
        data += piece
    return bytes(data)


def _set_deadline(channel: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        channel.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise DeadlineError
    channel.settimeout(left)
