"""Where the letters that come with Duly are: beside the packages in a checkout, else installed as `duly_templates`."""

from pathlib import Path

PACKAGED = "packaged_templates"
"""The folder that `setup.py` puts them into when a wheel is built."""


def template_folder() -> Path:
    """Give the folder that holds `templates.sum` and the templates it lists.

    Raises:
        FileNotFoundError: This installation came without templates; name a folder by DULY_TEMPLATES.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / PACKAGED, package.parent / "templates"):
        if (folder / "templates.sum").is_file():
            return folder
    raise FileNotFoundError("no templates beside this installation: name a folder by DULY_TEMPLATES")
