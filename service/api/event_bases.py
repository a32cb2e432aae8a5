"""What several kinds of facts have in common: a day, a party, a sum, words, a court."""

from typing import Annotated, Literal

from pydantic import Field

from service.api.wire import Day, Line, PartyName, Sum, Text

Channel = Literal["phone", "sms", "visit", "wechat", "fax", "email", "letter", "other"]
Against = Annotated[
    list[PartyName], Field(min_length=1, max_length=50, title="被主张的当事人", examples=[["p2", "p3"]])
]
SAMPLE_CASE_NO = "（2026）示例0101民初1号"


class Happened(Sum):
    """What most facts have: the day, the party, a sum, and words."""

    on: Day = Field(title="发生日", description="法律上的日期，北京时间。")
    party: PartyName | None = Field(None, title="当事人", description="涉及的当事人简称。")
    text: Text | None = Field(None, title="说明", description="照原样记录的说明。", examples=["电话中承诺月底前还清"])


class HappenedTo(Happened):
    """A fact of one named party."""

    party: PartyName = Field(title="当事人", description="涉及的当事人简称。")


class Said(HappenedTo):
    """What one party said, and by which way."""

    channel: Channel | None = Field(None, title="方式", description="phone 电话；letter 书面等。")
    text: Text = Field(title="原话", description="照原样记录。", examples=["本月底前归还本金"])


class Proceeding(Happened):
    """A step before a court or another authority."""

    court: Line = Field(title="法院或机构", examples=["示例市示例区人民法院"])
    case_no: Line | None = Field(None, title="案号", examples=[SAMPLE_CASE_NO])
    against: Against | None = Field(None, description="被诉或被申请的当事人。")
