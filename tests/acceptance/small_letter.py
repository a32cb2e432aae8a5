"""The published templates, the loan letter among them cut to one small page: thousands of letters in a test's time.

All its fields are printed, so that what is read back is as much as ever; what is proved is the batch, not the layout.
"""

import hashlib
import json
import shutil
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
LETTER = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"/><title>{{ letter.notice_no }}</title>
<style>@page { size: A4; margin: 37mm 26mm 35mm 28mm } body { font: 10pt "LXGW WenKai" }</style></head><body>
<h1>催收通知书</h1><p>{{ letter.notice_no }} {{ letter.issued_on | cn_date }}</p>
<p>{{ debtor.name }} {% if debtor.id_no is defined %}{{ debtor.id_no }}{% endif %}
{% if debtor.address is defined %}{{ debtor.address }}{% endif %}</p>
<p>{{ contract_title }} {{ contract_no }} {{ contract_on | cn_date }} {{ principal_lent | cn_num }}
{{ due_on | cn_date }} {{ as_of_on | cn_date }} {{ principal | cn_num }} {{ interest | cn_num }} {{ penalty | cn_num }}
{{ total | cn_num }} {{ pay_by_on | cn_date }}</p>
<p>{{ account.name }} {{ account.bank }} {{ account.number }} {{ contact.person }} {{ contact.phone }}
{{ contact.address }}</p>
<p>{{ creditor.name }} {% if creditor.uscc is defined %}{{ creditor.uscc }}{% endif %}</p></body></html>"""


def small_letters(folder: Path) -> Path:
    """Make a folder of templates whose loan letter is small, published as it stands there."""
    shutil.copytree(TEMPLATES, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.sum"))
    here = folder / "loan-demand" / "v1"
    (here / "template.html").write_text(LETTER, encoding="utf-8")
    (here / "template.docx").unlink()
    facts = json.loads((here / "template.json").read_text(encoding="utf-8")) | {"engines": ["html"]}
    (here / "template.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.glob("*/v*/**/*"))
        if path.is_file()
    ]
    (folder / "templates.sum").write_text("".join(lines), encoding="ascii")
    return folder
