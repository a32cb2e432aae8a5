"""The command: what it prints and how it ends, in its own process and without a network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.__main__ import main

VECTORS = Path(__file__).parents[1] / "vectors" / "bundle" / "v1"
TRUST = ["--trust", str(VECTORS / "anchors")]
VALID = str(VECTORS / "valid" / "loan-with-earlier-checkpoint.zip")
GIVEN = VECTORS / "given"


def broken(name: str) -> str:
    return str(VECTORS / "broken" / f"{name}.zip")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([VALID, *TRUST], 0),
        ([broken("payload-changed"), *TRUST], 1),
        ([broken("repacked"), *TRUST], 1),
        ([VALID, *TRUST, "--earlier", str(GIVEN / "later.checkpoint")], 3),
        (
            [
                VALID,
                *TRUST,
                "--earlier",
                str(GIVEN / "later.checkpoint"),
                "--consistency",
                str(GIVEN / "later.consistency"),
            ],
            0,
        ),
        ([broken("history-rewritten"), *TRUST, "--earlier", str(GIVEN / "honest.checkpoint")], 1),
        ([VALID, *TRUST, "--known", str(GIVEN / "later-entry.json"), str(GIVEN / "later-entry.tlog-proof")], 1),
        ([VALID, *TRUST, "--witnesses", "1"], 1),
        ([VALID, "--trust", str(GIVEN)], 2),
        ([VALID, "--trust", "/nowhere"], 2),
        (["/nowhere.zip", *TRUST], 2),
        ([str(VECTORS / "make.py"), *TRUST], 2),
        ([VALID, *TRUST, "--earlier", "/nowhere"], 2),
    ],
)
def test_exit_status(arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *arguments]) == status
    shown = capsys.readouterr()
    assert bool(shown.err) == (status == 2)
    assert bool(shown.out) == (status != 2)


@pytest.mark.parametrize(
    "arguments", [[], ["verify"], ["verify", VALID], ["verify", VALID, *TRUST, "--witnesses", "-1"]]
)
def test_misuse(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_languages_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", VALID, *TRUST])
    assert "结论：通过" in capsys.readouterr().out
    main(["verify", VALID, *TRUST, "--language", "en"])
    assert "Result: PASSED" in capsys.readouterr().out
    main(["verify", broken("payload-changed"), *TRUST, "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["status"] == "failed"
    assert report["findings"][1]["remarks"][0]["code"] == "digest"


def test_a_huge_side_file_is_refused(tmp_path: Path) -> None:
    huge = tmp_path / "checkpoint"
    huge.write_bytes(bytes(5 << 20))
    assert main(["verify", VALID, *TRUST, "--earlier", str(huge)]) == 2


def test_it_runs_alone_with_a_terminal_that_lacks_letters() -> None:
    command = [sys.executable, "-W", "error", "-m", "evidence", "verify", VALID, *TRUST]
    environment = {"PYTHONIOENCODING": "ascii", "PATH": ""}
    done = subprocess.run(command, capture_output=True, env=environment, cwd=VECTORS.parents[3], check=False)
    assert done.returncode == 0, done.stderr
    assert b"m_7q2k5x3v6b4n2a5c7d4e6f2g3h" in done.stdout


def test_the_verifier_asks_nobody_and_writes_nothing() -> None:
    """Every way out of the process is watched by Python's own audit events."""
    code = f"""
import sys
import evidence.__main__
def watch(event, arguments):
    writes = event == "open" and arguments[1] is not None and set(arguments[1]) & set("wax+")
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "urllib.")) or writes:
        sys.stderr.write(f"{{event}} {{arguments}}")
        raise SystemExit(99)
sys.addaudithook(watch)
forbidden = {{"service", "http", "urllib3", "requests", "httpx", "ssl", "asyncio"}}
assert not forbidden & {{name.partition(".")[0] for name in sys.modules}}
sys.exit(evidence.__main__.main(["verify", {VALID!r}, *{TRUST!r}]))
"""
    command = [sys.executable, "-B", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=VECTORS.parents[3], check=False)
    assert done.returncode == 0, done.stderr
