"""The story as its users live it: `duly demo`, then every way of verifying what it left."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import bagit
import pypdfium2  # type: ignore[import-untyped]
import pytest
from pikepdf import Pdf

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "d"
    began = time.monotonic()
    command = [sys.executable, "-m", "service.cli", "demo", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < 60
    return out


def duly(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_leaves_what_it_promises(demo: Path) -> None:
    assert {path.name for path in demo.iterdir()} == {
        "bundle.zip", "anchors", "report.pdf", "notices", "verification.txt",
    }  # fmt: skip
    kinds = sorted(path.suffix for path in (demo / "notices").iterdir())
    assert kinds == [".docx", ".docx", ".pdf", ".pdf"]
    with Pdf.open(demo / "report.pdf") as report:
        assert len(report.pages) >= 4


def test_the_bundle_verifies_in_each_program(demo: Path) -> None:
    bundle, anchors = str(demo / "bundle.zip"), str(demo / "anchors")
    assert duly("verify", bundle, "--trust", anchors).returncode == 0
    command = [sys.executable, "-m", "evidence", "verify", bundle, "--trust", anchors, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["status"] == "passed"
    last = report["findings"][-1]
    assert (last["number"], last["name"], last["remarks"][0]["code"]) == (13, "limitation", "law_agrees")


def test_its_report_has_pages_on_the_law_for_debtor_and_guarantor(demo: Path) -> None:
    document = pypdfium2.PdfDocument(demo / "report.pdf")
    text = "".join(re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document)
    document.close()
    assert "三、诉讼时效与保证期间" in text
    assert "债务人张三何时起算2026年10月20日（当日不计入）" in text
    assert "保证人示例担保有限公司保证期间" in text
    assert "已行使权利：《保证人履行保证责任通知书》" in text
    assert "13时效推算与记录相符—通过" in re.sub(r"\s", "", (demo / "verification.txt").read_text())


def test_a_flipped_byte_fails(demo: Path, tmp_path: Path) -> None:
    data = bytearray((demo / "bundle.zip").read_bytes())
    data[len(data) // 3] ^= 1
    (tmp_path / "flipped.zip").write_bytes(data)
    done = duly("verify", str(tmp_path / "flipped.zip"), "--trust", str(demo / "anchors"))
    assert done.returncode in (1, 2)


def test_a_general_bag_tool_accepts_it(demo: Path, tmp_path: Path) -> None:
    subprocess.run(["unzip", "-q", str(demo / "bundle.zip"), "-d", str(tmp_path)], check=True)
    (folder,) = tmp_path.iterdir()
    bagit.Bag(str(folder)).validate()
    command = [sys.executable, "-m", "bagit", "--validate", "--quiet", str(folder)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_lines_of_verify_by_hand_pass(demo: Path, tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "tests" / "evidence"))
    from test_verify_by_hand import lines

    environment = {"PATH": "/usr/bin:/bin", "A": str(demo / "anchors"), "B": str(demo / "bundle.zip")}
    done = subprocess.run(
        ["bash", "-c", lines()], env=environment, capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("All holds.\n")


def test_demo_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    done = duly("demo", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "不是空的" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep"
