"""Makes the returned sheets of this folder: `.venv/bin/python tests/vectors/returned-sheet/make.py`."""

import io
from datetime import datetime
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).parent
NO = [f"DEMO-2026-{number:06d}" for number in range(1, 8)]
S10 = "EA123456785CN"
Rows = list[list[str | int | datetime]]


def workbook(rows: Rows) -> bytes:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": datetime(1980, 1, 1)})
    sheet, moment = book.add_worksheet("导出"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(line, column, value, moment)
            else:
                sheet.write(line, column, value)
    book.close()
    return sink.getvalue()


def table(*rows: str, encoding: str = "utf-8-sig") -> bytes:
    return ("\r\n".join(rows) + "\r\n").encode(encoding)


def files() -> dict[str, bytes]:
    posted = datetime(2026, 11, 24, 10, 5)
    return {
        "good.xlsx": workbook(
            [
                ["序号", "收寄时间", "邮件号", "收件人", " 客户 单号"],
                [1, posted, "1136281381675", "张三", NO[0]],
                [2, posted, S10.lower(), "李四", NO[1].lower()],
                ["合计", "", "", "", ""],
            ]
        ),
        "numbers.xlsx": workbook([["客户单号", "邮件条码"], [NO[0], 1136281381675], [NO[1], 1136281381670]]),
        "rounded.xlsx": workbook([["客户单号", "邮件条码"], [NO[0], 1136280000000], [NO[1], "1136281381676"]]),
        "scientific.csv": table("客户单号,邮件条码", f"{NO[0]},1.13628E+12", f"{NO[1]},1136281381676"),
        "gb18030.csv": table("客户单号,邮件号码,备注", f"{NO[0]},1136281381675,已收寄", encoding="gb18030"),
        "days.csv": table(
            "客户单号,邮件号,收寄日期",
            f"{NO[0]},1136281381675,2026-11-24",
            f"{NO[1]},1136281381676,2026年11月25日",
            f"{NO[2]},1136281381677,昨天",
            f"{NO[3]},1136281381678,2026-13-01",
        ),
        "shared-number.csv": table(
            "客户单号,邮件号", f"{NO[0]},1136281381675", f"{NO[1]},1136281381675", f"{NO[2]},1136281381676"
        ),
        "several-numbers.csv": table(
            "客户单号,邮件号", f"{NO[0]},1136281381675", f"{NO[0]},1136281381676", f"{NO[1]},1136281381677"
        ),
        "twice.csv": table("客户单号,邮件号", f"{NO[0]},1136281381675", f"{NO[0]},1136281381675"),
        "wrong-numbers.csv": table(
            "客户单号,邮件号",
            f"{NO[0]},113628138167",
            f"{NO[1]},EA123456784CN",
            f"{NO[2]},",
            ",1136281381675",
            f"{NO[3]},=1136281381679",
            f"{NO[4]},{'9' * 5000}",
        ),
        "no-column.csv": table("函件,单号", f"{NO[0]},1136281381675"),
    }


if __name__ == "__main__":
    for name, data in files().items():
        (HERE / name).write_bytes(data)
