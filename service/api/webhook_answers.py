"""Webhooks as answers tell of them: endpoints, keys and deliveries, with codes in Chinese beside them."""

from datetime import datetime
from typing import Any

from evidence.canonical import format_instant
from service.records.webhooks import DeliveryRow
from service.webhooks import Changed, Shown

_BECAUSE = {
    "by_hand": "已手动停用",
    "gone": "接收方答复 410，不再接收",
    "failing": "长时间未能投递成功",
}
_ERRORS = {
    "name_unknown": "主机名无法解析",
    "address_forbidden": "主机名指向不允许访问的地址",
    "https_required": "该地址须使用 https",
    "timeout": "超时未答复",
    "connection": "无法连接或连接中断",
    "tls": "TLS 握手失败或证书不受信任",
    "protocol": "答复不合 HTTP 规范",
    "redirect": "接收方要求转址，不予跟随",
    "status": "接收方未以 2xx 答复",
    "internal": "本系统内部错误",
}


def webhook_answer(found: Changed, *, with_secrets: bool = False) -> dict[str, Any]:
    """Describe an endpoint; its new secrets only where they may be shown."""
    row, here = found.row, f"/v1/webhooks/{found.row.id}"
    return {
        "id": row.id,
        "url": row.url,
        "description": row.description,
        "events": None if row.types is None else list(row.types),
        "state": row.state,
        "disabled_because": row.disabled_because,
        "disabled_because_zh": _BECAUSE.get(row.disabled_because or ""),
        "failures": row.failures,
        "failing_since": _shown(row.failing_since),
        "resting_until": _shown(row.resting_until),
        "created_at": _shown(row.created_at),
        "changed_at": _shown(row.changed_at),
        "keys": [_key(key, with_secrets=with_secrets) for key in found.keys],
        "links": {"self": here, "deliveries": f"{here}/deliveries"},
    }


def delivery_answer(row: DeliveryRow) -> dict[str, Any]:
    """Describe a delivery."""
    return {
        "event": row.event_id,
        "type": row.type,
        "at": _shown(row.at),
        "state": row.state,
        "tries": row.tries,
        "attempts": row.attempts,
        "next_at": _shown(row.next_at),
        "last_at": _shown(row.last_at),
        "status": row.status_code,
        "error": row.error,
        "error_zh": _ERRORS.get(row.error or ""),
        "answer": row.answer,
        "history": list(row.history),
    }


def _key(key: Shown, *, with_secrets: bool) -> dict[str, Any]:
    return {
        "id": key.id,
        "signature": key.scheme,
        "secret": key.secret if with_secrets else None,
        "public_key": key.public_key,
        "created_at": _shown(key.created_at),
        "ends_at": _shown(key.ends_at),
    }


def _shown(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at.replace(microsecond=0))
