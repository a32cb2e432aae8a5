"""Values as they stand in requests: strict, clean, and already in the form in which they are recorded.

Text is Unicode NFC without invisible characters or template marks, money a decimal string with two places, a legal date
`YYYY-MM-DD`, an instant UTC to the second. Every fault says in both languages what to write instead.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from evidence.canonical import format_instant
from service.render.hygiene import check_text, to_nfc

FIRST_YEAR, LAST_YEAR = 1900, 2200
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Wire(BaseModel):
    """What every request's object keeps to: exact types, and no member that nobody knows."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def recorded(self) -> dict[str, Any]:
        """Give the facts as an entry holds them: what was left out, or sent as null, is not there."""
        facts: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        return facts


class _AnyCharacter:
    """Stands for the fonts where text is recorded rather than drawn."""

    def __contains__(self, _point: object) -> bool:
        return True


def refusal(code: str, chinese: str, english: str) -> PydanticCustomError:
    """Build a validation error that speaks both languages (see `service.api.validation_messages`)."""
    return PydanticCustomError(code, "{english}", {"english": english, "zh": chinese})


def clean_text(text: str) -> str:
    """Compose and trim a text, or refuse what must not stand in a record."""
    faults = tuple(check_text(text, "", _AnyCharacter()))
    if faults:
        raise refusal(
            faults[0].code,
            "；".join(fault.message_zh for fault in faults[:5]),
            "; ".join(fault.message_en for fault in faults[:5]),
        )
    trimmed = to_nfc(text).strip()
    if not trimmed:
        raise refusal("text.blank", "不能为空白", "this is blank")
    return trimmed


def _line(text: str) -> str:
    if "\n" in text:
        raise refusal("text.line_break", "应为一行文字", "this is one line: no line breaks")
    return clean_text(text)


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise refusal(
            "date_malformed", "应为存在的日期，格式 YYYY-MM-DD", "write an existing day as YYYY-MM-DD"
        ) from None
    _check_year(found.year)
    return text


def _instant(text: str) -> str:
    try:
        found = datetime.fromisoformat(text.upper() if _INSTANT.fullmatch(text) else "").astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal(
            "instant_malformed",
            "应为带时区的时间，如 2026-11-24T09:30:00+08:00",
            "write an instant with its offset, as 2026-11-24T09:30:00+08:00",
        ) from None
    _check_year(found.year)
    return format_instant(found.replace(microsecond=0))


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise refusal(
            "date_out_of_range",
            f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间",
            f"the year has to lie between {FIRST_YEAR} and {LAST_YEAR}",
        )


def _amount(text: str) -> str:
    if not text.strip("0."):
        raise refusal("amount_zero", "金额应大于零", "an amount is more than zero")
    return text


def _places(shortest: int, longest: int, example: str, **more: Any) -> Any:
    return Field(min_length=shortest, max_length=longest, examples=[example], json_schema_extra=more or None)


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
"""One line of text."""
LongLine = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_line)]
Text = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(clean_text)]
"""Text of several lines."""
Day = Annotated[str, _places(10, 10, "2026-11-24", format="date"), AfterValidator(_day)]
Moment = Annotated[str, _places(17, 35, "2026-11-24T09:30:00+08:00", format="date-time"), AfterValidator(_instant)]
Amount = Annotated[
    str,
    Field(pattern=r"^(0|[1-9][0-9]{0,14})\.[0-9]{2}$", examples=["1000000.00"], title="金额"),
    AfterValidator(_amount),
]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["CNY"], title="币种")]
PartyName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,20}$", examples=["p2"], title="当事人简称")]


class Money(Wire):
    """An amount and its currency."""

    amount: Amount = Field(description="十进制文本，两位小数。Decimal text with two places.")
    currency: Currency = Field(description="ISO 4217 币种代码。")


class Sum(Wire):
    """Facts that may state a sum: then its currency stands beside it."""

    amount: Amount | None = Field(None, title="金额", description="十进制文本，两位小数；填写时须同时填写币种。")
    currency: Currency | None = Field(None, validate_default=True, title="币种", description="ISO 4217 币种代码。")

    @field_validator("currency")
    @classmethod
    def _beside_amount(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("amount") is not None:
            raise refusal("currency_missing", "填写金额时须填写币种", "an amount needs its currency")
        return value
