"""One item of the post, with whatever a test says of it."""

from collections.abc import Callable
from typing import Any

from service.mailing.item import MailItem

MakeItem = Callable[..., MailItem]


def item(place: int = 1, **more: Any) -> MailItem:
    told = {
        "row": place + 2,
        "notice_id": f"n_{place}",
        "notice_no": f"DEMO-2026-{place + 1:06d}",
        "title_zh": "逾期贷款催收通知书",
        "item_description": "《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息",
        "to_name": "张三",
        "address": "示例省示例市示例区样本路1号2单元301室",
        "phone": "13800001234",
        "pages": 3,
        "pdf_sha256": bytes(32),
        "pdf_size": 0,
        "pdf_key": "",
    }
    return MailItem(**(told | more))
