"""Which of the offered formats an `Accept` header wants."""

from collections.abc import Sequence

from fastapi import Request

from service.api.problems import HttpError


def preferred(request: Request, offered: Sequence[str]) -> str:
    """Choose the offered media type that is accepted most; the first one where nothing is said.

    Raises:
        HttpError: 406 when none is accepted.

    Source: RFC 9110, section 12.5.1.
    """
    ranges = _ranges(request.headers.get("accept", "*/*")[:1000])
    weighed = [(max((w for kind, w in ranges if _covers(kind, one)), default=0.0), one) for one in offered]
    best, chosen = max(weighed, key=lambda item: item[0])
    if best <= 0:
        listed = ", ".join(offered)
        raise HttpError("not_acceptable", f"Offered here: {listed}.", message_zh=f"此处可提供：{listed}。")
    return chosen


def _ranges(header: str) -> list[tuple[str, float]]:
    found = []
    for item in header.split(","):
        kind, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        found.append((kind, _number(weight)))
    return found


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _covers(kind: str, offered: str) -> bool:
    return kind in ("*/*", offered) or (kind.endswith("/*") and offered.startswith(kind[:-1]))
