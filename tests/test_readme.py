"""The README's story, line for line, against the service as `make run` starts it."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
START_SECONDS = 120


@pytest.fixture
def story() -> str:
    """Every block of the story's section, in order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text[text.index("## The story in curl") : text.index("## Whom you trust")]
    return "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A new service on a free port, its data where it is started: its address and the keys that it printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [Path(sys.executable).with_name("duly"), "serve", "--demonstration", "--port", str(port)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield f"http://127.0.0.1:{port}", printed_keys(server)
    finally:
        server.terminate()
        server.communicate(timeout=60)


def printed_keys(server: "subprocess.Popen[str]") -> dict[str, str]:
    keys: dict[str, str] = {}
    assert server.stdout
    for line in server.stdout:
        if found := re.search(r"\b(\w+)\s+(duly_[a-z]{2}_\S{43})$", line.rstrip()):
            keys[found[1]] = found[2]
        if line.startswith("curl "):
            return keys
    raise AssertionError("the service ended before it greeted")


@pytest.mark.slow
def test_the_story_runs_as_it_is_printed(story: str, served: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    address, keys = served
    script = story.replace("http://127.0.0.1:8000", address).replace(".venv/bin/python", sys.executable)
    for role, short in (("case_system", "cs"), ("legal_staff", "ls"), ("auditor", "au")):
        script = script.replace(f"duly_{short}_…", keys[role])
    (tmp_path / "templates").symlink_to(ROOT / "templates")
    for name in ("slip", "receipt", "signed"):
        Image.new("RGB", (600, 800), "white").save(tmp_path / f"{name}.png")
    (tmp_path / "story.sh").write_text("set -eu\n" + script.replace("curl -sS", "curl -sS --fail-with-body"))
    told = subprocess.run(
        ["bash", "story.sh"], cwd=tmp_path, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    assert "验证结果" in told.stdout or "通过" in told.stdout
    assert '"recorded":true' in told.stdout.replace(" ", "")
    assert '"problem' not in told.stdout + told.stderr
