"""The arrows of docs/design.md, held by import-linter's contracts in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_import_contract_is_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout[result.stdout.find("Contracts") :] + result.stderr


def test_a_planted_import_of_the_shell_is_caught(tmp_path: Path) -> None:
    """The contracts can fail: a core that reads a file is named."""
    package = tmp_path / "evidence"
    package.mkdir()
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "chain.py").write_text("import pathlib\n")
    text = (ROOT / "pyproject.toml").read_text()
    start = text.index('name = "Evidence reads no file')
    contract = text[start : text.index("ignore_imports", start)]
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["evidence", "service"]\ninclude_external_packages = true\n'
        "[[tool.importlinter.contracts]]\n" + contract
    )
    result = lint(tmp_path)
    assert result.returncode == 1
    assert "evidence.chain -> pathlib" in result.stdout
