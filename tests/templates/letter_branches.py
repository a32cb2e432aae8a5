"""Changes to the examples that reach the other branches: optional parts given, absent, the other mode."""

from typing import Any

NAMES = ("guarantor-demand", "loan-demand", "move-in-reminder", "receivable-demand", "student-loan-demand")
WITH_DOCX = ("guarantor-demand", "loan-demand", "move-in-reminder")
FORMS = [(name, "html") for name in NAMES] + [(name, "docx") for name in WITH_DOCX]
LONG_NAME = (
    "示例超长名称（某某某某某某某某某某）国际供应链管理与融资租赁服务股份有限公司㛃𬭊第一分公司A&B<C>项目部筹备处"
)

RICH_LOAN = {
    "debtor": {"name": LONG_NAME, "id_no": None, "uscc": "91110000MA00000051"},
    "instalments": [
        {"no": "第35期", "due_on": "2026-09-20", "principal": "40000.00", "interest": "433.33"},
        {"no": "第36期", "due_on": "2026-10-20", "principal": "60000.00", "interest": "433.33"},
    ],
    "acceleration": {"clause_no": "第八条第二款", "remaining_principal": "900000.00"},
    "compound_interest": "12.34",
    "costs": "5000.00",
    "costs_note": "律师费",
    "total": "1053949.84",
    "total_words": "人民币壹佰零伍万叁仟玖佰肆拾玖元捌角肆分",
}
BARE_LOAN = {"creditor": {"uscc": None}, "debtor": {"id_no": None, "address": None}, "credit_reporting": None}
INSTALMENTS_ONLY = {
    "instalments": [{"no": "第36期", "due_on": "2026-10-20", "principal": "1000000.00", "interest": "433.33"}],
    "credit_reporting": False,
}
GENERAL_GUARANTEE = {
    "guarantor": {"name": LONG_NAME, "uscc": None, "id_no": "110101198501010017", "address": None},
    "guarantee": {"mode": "general", "max_amount": "2000000.00"},
    "costs": "5000.00",
    "costs_note": "律师费",
    "total": "1053937.50",
}
HANDOVER_ONLY = {
    "buyer": {"name": LONG_NAME, "id_no": None, "phone": None},
    "completion": {"filing_no": None},
    "deadline_rule": "not_agreed",
    "deadline_clause_no": None,
    "fees": None,
    "fees_total": None,
    "payment": None,
}
FALLING_DUE = {
    "borrower": {"id_no": None, "school": None, "address": None},
    "stage": "falling_due",
    "as_of_on": "2026-09-20",
    "penalty": None,
    "total": "8268.40",
    "co_borrower": None,
    "balance_after": None,
    "account": None,
}
BARE_RECEIVABLE = {
    "accepted_on": None,
    "late_fee": None,
    "late_fee_basis": None,
    "total": "506400.50",
    "debtor": {"uscc": None},
}
BRANCHES: dict[str, tuple[dict[str, Any], ...]] = {
    "loan-demand": (RICH_LOAN, BARE_LOAN, INSTALMENTS_ONLY),
    "guarantor-demand": (GENERAL_GUARANTEE,),
    "move-in-reminder": (HANDOVER_ONLY,),
    "student-loan-demand": (FALLING_DUE,),
    "receivable-demand": (BARE_RECEIVABLE,),
}
