"""Sample workbooks of any length: plainly made-up borrowers, figures that add up, a few of everything that is hard."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

HEADERS = (
    "序号", "收件人姓名或者全称", "自然人证件号码", "送达地址", "合同名称", "合同编号", "合同签订日", "借款金额",
    "到期日", "截至日", "尚欠本金", "尚欠利息", "罚息", "合计", "清偿期限", "备注", "排版",
)  # fmt: skip
BANK = "某某银行股份有限公司示例支行"
CONSTANTS = {
    "creditor": {"name": BANK, "uscc": "91110000MA0000003T"},
    "account": {"name": BANK, "bank": "某某银行示例支行营业部", "number": "0000 0000 0000 0001"},
    "contact": {"person": "李四（信贷管理部）", "phone": "010-00000000", "address": "示例省示例市示例区样本大街100号"},
}
SURNAMES = "张王李赵刘陈杨黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = "三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
RARE = ("张㛃", "王𬭊", "李喆", "赵翀", "阿卜杜热合曼·买买提明示例")
CITIES = ("示例省示例市", "样本省样本市", "示例省甲市", "样本省乙市")
EVERY_RARE = 250
"""One row in so many has a name that everyday fonts do not draw, or a long one."""


def borrower(number: int) -> str:
    """Give the sample name of a row."""
    if number % EVERY_RARE == 0:
        return RARE[number // EVERY_RARE % len(RARE)]
    return f"{SURNAMES[number % len(SURNAMES)]}{GIVEN[number // 7 % len(GIVEN)]}{GIVEN[number // 191 % len(GIVEN)]}"


def row(number: int, *, series: str, docx_every: int = 0) -> tuple[object, ...]:
    """Give the cells of one row; `series` keeps the contracts of one workbook apart from another's.

    With `docx_every`, one letter in so many is set by LibreOffice.
    """
    principal = Decimal(10_000 + number * 37 % 990_000) + Decimal(number % 100) / 100
    interest = (principal * Decimal("0.0435")).quantize(Decimal("0.01"))
    penalty = (interest / 8).quantize(Decimal("0.01"))
    return (
        number,
        borrower(number),
        "110101199003077475",
        f"{CITIES[number % len(CITIES)]}示例区样本路{number % 400 + 1}号{number % 9 + 1}单元{number % 30 + 1}01室",
        "个人借款合同",
        f"示例借字第{series}-{number:06d}号",
        dt.date(2023, 11, 20),
        float(principal),
        dt.date(2026, 10, 20),
        "2026年11月20日",
        float(principal),
        f"{interest}",
        float(penalty),
        float(principal + interest + penalty),
        dt.datetime(2027, 1, 20),  # noqa: DTZ001 - Excel knows no zones
        '=IF(1,"试","")' if number % 500 == 0 else None,
        "docx" if docx_every and number % docx_every == 0 else "html",
    )


def write_workbook(path: Path, *, rows: int, series: str = "2023", docx_every: int = 0) -> None:
    """Write a workbook as a desk keeps it: a coloured header, a frozen row, dates and figures in their own formats."""
    book = Workbook()
    sheet = book.active
    sheet.title = "逾期名单"
    sheet.append(HEADERS)
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFDDEBF7")
    for number in range(1, rows + 1):
        sheet.append(row(number, series=series, docx_every=docx_every))
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:Q{rows + 1}"
    sheet.column_dimensions["D"].width = 40
    book.save(path)
