"""Images, compose file, set-up script and packages, held together without a container engine."""

import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from service.cli import _parser
from service.settings import Settings

ROOT = Path(__file__).parents[1]
DOCKERFILES = (ROOT / "Dockerfile", ROOT / "deploy/s3/Dockerfile")
SCRIPTS = ("setup.sh", "deploy/s3/ceph", "tests/s3_server/install", ".ci/run")
HTTP_CLIENTS = ("httpx", "requests", "urllib3", "aiohttp", "botocore", "boto3")
VECTORS = ROOT / "tests/vectors/bundle/v1"


def run(*command: str | Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def told(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_linter_of_dockerfiles_is_content(path: Path) -> None:
    told(run(Path(sys.executable).with_name("hadolint"), path))


@pytest.mark.slow
def test_every_script_passes_shellcheck() -> None:
    assert shutil.which("shellcheck"), "make test installs shellcheck"
    told(run("shellcheck", *SCRIPTS))


@pytest.mark.parametrize("target", ["verifier", "service"])
def test_images_take_their_system_packages_from_the_set_up_script(target: str) -> None:
    text = (ROOT / "Dockerfile").read_text()
    installs = re.findall(r"(\S.*?)xargs apt-get install", text)
    assert len(installs) == text.count("apt-get install"), "a package was installed beside setup.sh"
    assert f"./setup.sh packages {target} | " in "".join(installs)
    assert "python3" in told(run("./setup.sh", "packages", target)).split()


def test_images_take_only_locked_and_hashed_python_packages() -> None:
    lines = [
        line for line in (ROOT / "Dockerfile").read_text().splitlines() if re.search(r"\bpip (install|wheel)\b", line)
    ]
    assert lines
    for line in lines:
        assert "--require-hashes -r requirements/" in line or "--no-deps" in line, line


def test_everything_that_images_copy_is_let_through() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in allowed, source


def test_images_run_as_nobody_in_particular() -> None:
    text = (ROOT / "Dockerfile").read_text()
    stages = dict(re.findall(r"^FROM base AS (\w+)\n(.*?)(?=^FROM|\Z)", text, re.MULTILINE | re.DOTALL))
    for target in ("verifier", "service"):
        assert "\nUSER 10001:10001\n" in stages[target]
        assert "\nHEALTHCHECK" in stages[target]


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, dict[str, object]]]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_compose_names_only_settings_that_exist(compose: dict[str, dict[str, dict[str, object]]]) -> None:
    environment = compose["services"]["duly"]["environment"]
    assert isinstance(environment, dict)
    known = {f"DULY_{name.upper()}" for name in Settings.model_fields}
    assert environment.keys() <= known
    assert all(isinstance(value, str) for value in environment.values())


def test_compose_settings_are_ones_the_service_takes(
    compose: dict[str, dict[str, dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = compose["services"]["duly"]["environment"]
    assert isinstance(environment, dict)
    for name, value in environment.items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value))
    settings = Settings()
    assert settings.records_url.startswith("postgresql+psycopg://duly:")
    assert settings.jobs_url == settings.records_url
    assert settings.keys_folder != settings.data
    assert settings.objects.startswith("s3://")


def test_compose_names_what_is_there(compose: dict[str, dict[str, dict[str, object]]]) -> None:
    services = compose["services"]
    assert services["duly"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "objects": {"condition": "service_healthy"},
    }
    assert f"FROM base AS {services['duly']['build']['target']}" in (ROOT / "Dockerfile").read_text()  # type: ignore[index]
    assert {name: services[name]["command"][:2] for name in ("duly", "worker")} == {  # type: ignore[index]
        "duly": ["duly", "serve"],
        "worker": ["duly", "worker"],
    }
    assert services["worker"]["environment"] == services["duly"]["environment"]
    for name in ("duly", "worker"):
        _parser().parse_args(services[name]["command"][1:])  # type: ignore[index]
    assert (ROOT / str(services["objects"]["build"]) / "Dockerfile").is_file()
    mounted = {str(volume).split(":")[0] for service in services.values() for volume in service["volumes"]}  # type: ignore[attr-defined]
    assert mounted == set(compose["volumes"])


def test_the_build_lock_is_a_part_of_the_development_lock() -> None:
    assert (ROOT / "requirements/build.lock").read_text() in (ROOT / "requirements/dev.lock").read_text()


def test_locks_name_no_registry_and_pin_with_hashes() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "index-url" not in text
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "==" in block, block
            assert "--hash=sha256:" in block, block


def test_the_verifiers_lock_has_no_http_client() -> None:
    names = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements/verifier.lock").read_text(), re.MULTILINE))
    assert "cryptography" in names
    assert not names & set(HTTP_CLIENTS)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tree as the image builds it."""
    folder = tmp_path_factory.mktemp("build")
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, folder / name)
    for name in ("evidence", "service", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    out = folder / "wheels"
    fresh = new_environment(folder / "builder")
    pip = (fresh, "-m", "pip", "--disable-pip-version-check", "-q")
    told(run(*pip, "install", "--require-hashes", "-r", ROOT / "requirements/build.lock"))
    told(run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", out, ".", folder=folder))
    (found,) = out.glob("*.whl")
    return found


def new_environment(folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


@pytest.mark.slow
def test_the_wheel_holds_templates_migrations_and_assets(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    for path in published():
        name = f"service/packaged_templates/{path.relative_to(ROOT / 'templates').as_posix()}"
        assert packed[name] == path.read_bytes(), name
    assert not [name for name in packed if name.startswith("service/packaged_templates/") and name.endswith(".py")]
    for folder in ("service/records/migrations", "service/api/assets", "service/report/assets"):
        for path in files_of(ROOT / folder):
            assert path.relative_to(ROOT).as_posix() in packed, path


def published() -> Iterator[Path]:
    """Every file that `templates.sum` lists, the list, and what lawyers say of the letters."""
    sums = ROOT / "templates/templates.sum"
    yield sums
    yield ROOT / "templates/wording.json"
    yield ROOT / "templates/matters.json"
    for line in sums.read_text().splitlines():
        yield ROOT / "templates" / line[66:]


def files_of(folder: Path) -> Iterator[Path]:
    """Every file of a folder that is not compiled code; nothing where there is no such folder."""
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield path


@pytest.mark.slow
def test_the_verifier_alone_verifies_and_has_no_http_client(wheel: Path, tmp_path: Path) -> None:
    python = new_environment(tmp_path / "environment")
    pip = (python, "-m", "pip", "--disable-pip-version-check", "-q")
    told(run(*pip, "install", "--require-hashes", "-r", ROOT / "requirements/verifier.lock"))
    told(run(*pip, "install", "--no-deps", wheel))
    told(run(*pip, "check"))
    for name in HTTP_CLIENTS:
        assert run(python, "-c", f"import {name}", folder=tmp_path).returncode == 1, name
    good = next(iter(sorted((VECTORS / "valid").glob("*.zip"))))
    broken = next(iter(sorted((VECTORS / "broken").glob("*.zip"))))
    verify = (python, "-m", "evidence", "verify")
    told(run(*verify, good, "--trust", VECTORS / "anchors", folder=tmp_path))
    told(run(python.with_name("duly"), "verify", good, "--trust", VECTORS / "anchors", folder=tmp_path))
    assert run(*verify, broken, "--trust", VECTORS / "anchors", folder=tmp_path).returncode in {1, 2}


@pytest.mark.slow
def test_an_installed_wheel_finds_its_templates(wheel: Path, tmp_path: Path) -> None:
    """Unpacked away from the checkout: what a container has."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "from service.template_folder import template_folder; from service.render import Catalog; "
        "folder = template_folder(); print(folder); print(len(Catalog.load(folder).all()))"
    )
    folder, count = told(run(sys.executable, "-c", program, folder=tmp_path)).split()
    assert folder == str(tmp_path / "service/packaged_templates")
    assert int(count) == len(list((ROOT / "templates").glob("*/v*/template.json")))
