"""Where the committed vectors are, and their generators."""

import importlib.util
from pathlib import Path
from types import ModuleType

VECTORS = Path(__file__).parent.parent / "vectors"


def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def named(pattern: str) -> list[str]:
    """Names of the vectors that match; an empty answer would let a test pass without a case."""
    names = sorted(path.relative_to(VECTORS).as_posix() for path in VECTORS.glob(pattern))
    assert names, f"no vectors match {pattern}"
    return names


def generator(folder: str) -> ModuleType:
    path = VECTORS / folder / "make.py"
    spec = importlib.util.spec_from_file_location(f"make_{folder}_vectors", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
