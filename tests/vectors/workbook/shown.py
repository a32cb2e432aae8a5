"""Asks LibreOffice what it shows of numbers and texts under number formats: `.venv/bin/python …/shown.py`."""

import csv
import json
import subprocess
import tempfile
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent
STORED = (5, 1234567, 104.89, 0, -5, "张三")
FILTER = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
CODES = (
    "General", "0", "0.00", "#,##0.00", "#,##0", "#,##0.00_);(#,##0.00)", r"#,##0.00_);[Red]\(#,##0.00\)",
    r"#,##0.00_ ;[Red]\-#,##0.00\ ", "[Red]0.00", "[>=0]0.00;[Red]-0.00", '"¥"#,##0.00', "[$¥-804]#,##0.00",
    "[$￥-804]#,##0.00;[$￥-804]-#,##0.00", "[$CNY] #,##0.00", '0.00"元"', "人民币0.00", 'General"元"',
    r'_ "¥"* #,##0.00_ ;_ "¥"* \-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
    r'_ * #,##0.00_ ;_ * \-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "_-* #,##0.00_-", "0.00E+00", "@", "0;-0;;@", "#,###",
    "000", "000000_ ", '"HT-2026-"000', '"借字"0000"号"', "借字0000号", '"HT-"0', "000-0000", r"0\-00\-00", '0"期"',
    "000 0000 0000", "(0)",
    "0.00万元", '0.00"万元"', '[>=10000]0.0,"万";0.00', '#,##0.00"澳元"', '#,##0.00"韩元"', "#,##0.00台币",
    "[$$-409]#,##0.00", "0%", "#,##0,", '0.0,"K"', r"0\.0,", "# ?/?", '[DBNum2][$-804]General"元整"', ";;;",
    '#,##0;-#,##0;"免"', '#"号"', '"2026"000', "-0.00", '0.00"%"', "0:00", '[=0]"无";0.00', '"借字"@"号"', '0.00"吨"',
    '0.00"day"', "[$-804]aaaa;@",
)  # fmt: skip


def main():
    cases = [(code, stored) for code in CODES for stored in STORED]
    book = openpyxl.Workbook()
    for row, (code, stored) in enumerate(cases, start=1):
        cell = book.active.cell(row, 1, stored)
        cell.number_format = code
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.xlsx")
        book.save(path)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", FILTER, "--outdir", folder, str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
            shown = [row[0] if row else "" for row in csv.reader(file)]
    lines = (json.dumps((*case, text), ensure_ascii=False) for case, text in zip(cases, shown, strict=True))
    (HERE / "shown.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
