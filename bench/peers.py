"""What other people would use for the same letters, warm, driven as their makers mean it; measured, never needed."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
CHROMIUM_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
)  # fmt: skip


class Chromium:
    """A headless browser over its DevTools pipe, with one page that is used again and again."""

    def __init__(self, program: str, folder: str) -> None:
        to_browser, self._in = os.pipe()
        self._out, from_browser = os.pipe()
        command = [program, *CHROMIUM_FLAGS, f"--user-data-dir={folder}", "about:blank"]
        wired = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", wired, "chromium", *command], pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._buffer, self._count = b"", 0
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._frame = self._ask("Page.getFrameTree")["frameTree"]["frame"]["id"]

    @property
    def pid(self) -> int:
        """Of the browser, whose other processes come from it."""
        return self._process.pid

    def to_pdf(self, page: str) -> bytes:
        """Lay out a page and print it."""
        self._ask("Page.setDocumentContent", frameId=self._frame, html=page)
        self._ask("Runtime.evaluate", expression="document.fonts.ready", awaitPromise=True)
        answer = self._ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(answer["data"])

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._in, data) :]
        while True:
            reply = json.loads(self._read())
            if reply.get("id") == self._count:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                result: dict[str, Any] = reply["result"]
                return result

    def _read(self) -> bytes:
        while b"\0" not in self._buffer:
            piece = os.read(self._out, 2**20)
            if not piece:
                raise RuntimeError("the browser is gone")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return message


@contextmanager
def chromium() -> Iterator[Chromium | None]:
    """Give a warm browser; None where none is installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as ending:
        browser = Chromium(program, folder)
        ending.callback(browser.close)
        yield browser


class Unoserver:
    """One LibreOffice behind unoserver, asked over its XML-RPC as its own client does."""

    def __init__(self, program: str, folder: str) -> None:
        port, uno_port = "20931", "20932"
        self._process = subprocess.Popen(
            [program, "--port", port, "--uno-port", uno_port, "--user-installation", folder],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._server = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}", allow_none=True)
        self._wait()

    @property
    def pid(self) -> int:
        """Of the server, whose child LibreOffice is."""
        return self._process.pid

    def to_pdf(self, docx: bytes) -> bytes:
        """Convert a letter."""
        answer: Any = self._server.convert(None, xmlrpc.client.Binary(docx), None, "pdf", None, [], True, None)
        return bytes(answer.data)

    def close(self) -> None:
        """End it and its LibreOffice."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._server.info()
            except (OSError, xmlrpc.client.Error):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return


@contextmanager
def unoserver() -> Iterator[Unoserver | None]:
    """Give a warm unoserver; None where it is not installed (`pip install unoserver` for the system's Python)."""
    program = shutil.which("unoserver")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as ending:
        server = Unoserver(program, folder)
        ending.callback(server.close)
        yield server


def soffice_alone(docx: bytes) -> bytes:
    """Convert a letter by a LibreOffice of its own, started for it, with a profile that is already there."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "letter.docx")
        source.write_bytes(docx)
        profile = f"-env:UserInstallation=file://{tempfile.gettempdir()}/bench-soffice-profile"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        subprocess.run(command, check=True, capture_output=True)
        return source.with_suffix(".pdf").read_bytes()
