"""Puts the published templates into the wheel; everything else is in pyproject.toml.

They live beside the packages, not in one, because lawyers own them. A checkout (`pip install -e .`) reads them there.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PUBLISHED = Path("templates")


class BuildWithTemplates(build_py):
    """Copies `templates.sum`, what is said of all templates, and each template folder, and none of the tools beside."""

    def run(self) -> None:
        """Build as usual, then add the templates where `service.template_folder` looks for them."""
        super().run()
        if self.editable_mode:
            return
        packaged = Path(self.build_lib) / "service" / "packaged_templates"
        shutil.rmtree(packaged, ignore_errors=True)
        packaged.mkdir(parents=True)
        for name in ("templates.sum", "wording.json", "matters.json"):
            shutil.copy2(PUBLISHED / name, packaged)
        for folder in sorted(path for path in PUBLISHED.iterdir() if any(path.glob("v*/template.json"))):
            shutil.copytree(folder, packaged / folder.name, ignore=shutil.ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": BuildWithTemplates})
