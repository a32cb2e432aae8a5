"""What several kinds of facts have in common: a day, a party, a sum, words, a court."""

from typing import Annotated, Literal

from pydantic import Field

from service.api.wire import Day, Line, PartyName, Sum, Text

Channel = Literal[
    "phone",
    "sms",
    "visit",
    "wechat",
    "fax",
    "email",
    "letter",
    "hand",
    "ems",
    "courier",
    "registered_mail",
    "newspaper",
    "notary",
    "other",
]
CHANNEL_ZH = "phone 电话；visit 上门；letter 书面（未写明寄送方式）；hand 当面递交；ems 邮政特快；notary 公证送达等。"
Reached = Literal["signed", "delivered", "refused", "returned", "arrived", "read", "unread", "unreached", "published"]
REACHED_ZH = (
    "signed 签收；delivered 妥投；refused 拒收；returned 退回；arrived 到达或接通；read 已读；unread 未读；"
    "unreached 未联系上；published 公告刊出。"
)
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


class Acknowledged(HappenedTo):
    """What one party did or said that admits the debt."""

    original_held: bool | None = Field(
        None, title="是否保存纸质原件", description="所附书面材料有签署原件、可供核对的填 true。", examples=[True]
    )


class Said(Acknowledged):
    """What one party said, and by which way."""

    channel: Channel | None = Field(None, title="方式", description=CHANNEL_ZH)
    text: Text = Field(title="原话", description="照原样记录。", examples=["本月底前归还本金"])


class Proceeding(Happened):
    """A step before a court or another authority."""

    court: Line = Field(title="法院或机构", examples=["示例市示例区人民法院"])
    case_no: Line | None = Field(None, title="案号", examples=[SAMPLE_CASE_NO])
    against: Against | None = Field(None, description="被诉或被申请的当事人。")


class LaterStep(Happened):
    """A later step of a proceeding; which one, by its case number, its court, or because only one is open."""

    court: Line | None = Field(None, title="法院或机构", examples=["示例市示例区人民法院"])
    case_no: Line | None = Field(
        None, title="案号", description="有几个程序时据此对应，请填写。", examples=[SAMPLE_CASE_NO]
    )
