"""Which of our two languages a caller reads. Chinese unless English is asked for first."""

from typing import Literal

from fastapi import Request

Language = Literal["zh", "en"]


def language_of(request: Request) -> Language:
    """Choose Chinese or English from `Accept-Language`; Chinese when the header says nothing that we know.

    Source: RFC 9110, section 12.5.4.
    """
    return choose_language(request.headers.get("accept-language", ""))


def choose_language(header: str) -> Language:
    """Choose the wished language of the two from a header's text; of two equal wishes the first one stands."""
    best: Language = "zh"
    best_weight = 0.0
    for item in header[:500].split(","):
        tag, _, parameters = item.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        weight = _weight(parameters)
        if language in ("zh", "en") and weight > best_weight:
            best, best_weight = "en" if language == "en" else "zh", weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
