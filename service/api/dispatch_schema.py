"""What legal staff say of a letter on its way: posting, tracking, receipt, scan."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from service.api.answers import EntryAnswer, FileAnswer, Warned
from service.api.party_schema import BASIS_ZH, AddressBasis
from service.api.wire import Day, Line, LongLine, Moment, Sum, Text, Wire, refusal
from service.waybills import normal_waybill

Carrier = Literal[
    "ems", "sf", "registered_mail", "courier", "hand", "email", "sms", "wechat", "fax", "notary", "newspaper", "other"
]
Outcome = Literal["delivered", "refused", "returned", "arrived", "read", "unread", "published"]
Relation = Literal[
    "self",
    "cohabiting_adult",
    "mail_room",
    "authorised",
    "legal_representative",
    "agent",
    "estate_administrator",
    "property_custodian",
    "guard",
    "locker",
    "minor",
    "unauthorised",
    "unknown",
]
Signature = Literal["receipt_only", "no_text", "reservation", "confirms", "agrees", "new_guarantee"]
RELATION_ZH = (
    "self 本人；mail_room 收发部门；agent 代理人；estate_administrator 遗产管理人；unauthorised 未经授权的人等。"
)
ScanKind = Literal["signed_notice", "reply_slip", "envelope", "label", "other"]
EVENTS_MOST = 500
WAYBILL_LONGEST = 64

_ITEM = "《逾期贷款催收通知书》示例借字第2023-0001号，要求还本付息"


def _waybill(text: str) -> str:
    number = normal_waybill(text)
    if len(number) > WAYBILL_LONGEST:
        raise refusal(
            "string_too_long",
            f"单号太长，最多 {WAYBILL_LONGEST} 个字符",
            f"a waybill number has at most {WAYBILL_LONGEST} characters",
        )
    return number


Waybill = Annotated[Line, AfterValidator(_waybill)]


class DispatchFacts(Wire):
    """A notice handed to a carrier."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "carrier": "ems",
                    "waybill_no": "1136281381675",
                    "item_description": _ITEM,
                    "posted_at": "2026-11-24T10:05:00+08:00",
                    "recipient": "张三",
                    "address": "示例省示例市示例区样本路1号2单元301室",
                }
            ]
        }
    )

    carrier: Carrier = Field(title="寄送方式", description="ems 邮政特快；hand 当面；newspaper 公告等。")
    waybill_no: Waybill | None = Field(
        None, title="单号", description="全角、小写与空格会统一；校验位不符只提示。", examples=["1136281381675"]
    )
    item_description: Line | None = Field(
        None, title="内件品名", description="面单上写明的文书名称、合同与要求。", examples=[_ITEM]
    )
    posted_at: Moment = Field(title="交寄时间", description="带时区；记录为 UTC。")
    recipient: Line | None = Field(None, title="收件人", description="面单上的收件人。", examples=["张三"])
    address: LongLine | None = Field(
        None, title="收件地址", description="面单上的地址；不填视为立案时的送达地址。", examples=["示例市样本路1号"]
    )
    address_basis: AddressBasis | None = Field(
        None, title="收件地址的依据", description=f"不填则依立案时的填写或此前的地址确认。{BASIS_ZH}"
    )
    grace_days: int | None = Field(
        None,
        ge=0,
        le=3650,
        title="宽限天数",
        description="没有约定履行期限的债权：函件给予的宽限天数；不填则按函件所载付款期限计算。",
        examples=[15],
    )


class TrackingEvent(Wire):
    """One line of a carrier's trail."""

    at: Moment = Field(title="时间", description="承运人记载的时间，带时区。")
    status: Annotated[str, Field(pattern="^[a-z0-9_]{1,40}$", title="状态", examples=["accepted"])] = Field(
        description="accepted 收寄；in_transit 运输中；delivered_self 本人签收；refused 拒收；returned 退回等。"
    )
    text: Text = Field(title="原文", description="承运人的原话。", examples=["【示例市】已收寄"])
    place: Line | None = Field(None, title="地点", examples=["示例市"])
    code: Line | None = Field(None, max_length=40, title="承运人代码", examples=["301"])


class TrackingFacts(Wire):
    """What the carrier says of the way so far."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "events": [
                        {"at": "2026-11-24T11:00:00+08:00", "status": "accepted", "text": "已收寄", "place": "示例市"}
                    ],
                    "source": "ems.com.cn 查询页",
                }
            ]
        }
    )

    events: list[TrackingEvent] = Field(
        min_length=1, max_length=EVENTS_MOST, title="轨迹", description="按承运人所示，先后不限。"
    )
    source: Line = Field(title="来源", description="从何处取得。", examples=["ems.com.cn 查询页"])


class ReceiptFacts(Wire):
    """The carrier's proof of delivery, refusal or return."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "delivered",
                    "delivered_at": "2026-11-26T10:00:00+08:00",
                    "signed_by": "张三",
                    "relation": "self",
                }
            ]
        }
    )

    outcome: Outcome = Field(
        title="结果",
        description="delivered 妥投；refused 拒收；returned 退回；数据电文：arrived 到达、read 已读、unread 未读；"
        "published 公告刊出。",
    )
    delivered_at: Moment | None = Field(
        None, title="结果时间", description="妥投、拒收、退回、到达或刊出的时间；除拒收、退回、未读外必填。"
    )
    signed_by: Line | None = Field(None, title="签收人", examples=["张三"])
    relation: Relation | None = Field(None, title="签收人与收件人的关系", description=RELATION_ZH)
    after_hours: bool | None = Field(
        None, title="是否在营业时间以后", description="收件人已停止业务活动的填 true。", examples=[False]
    )
    prevented: bool | None = Field(
        None, title="收件人是否无从知悉", description="如送达时被羁押的填 true。", examples=[False]
    )
    reason: LongLine | None = Field(
        None, title="原因", description="拒收或退回的原因，照承运人所写。", examples=["收件人拒收"]
    )


class Promise(Sum):
    """What the addressee promised, by hand, on the reply slip."""

    due_on: Day = Field(title="承诺履行日", description="照纸面所写记录。")


class Marks(Wire):
    """What the addressee marked on the reply slip; each stands for itself, none is assumed."""

    received: bool | None = Field(None, title="收到", description="勾选“已收到”。", examples=[True])
    amount_confirmed: bool | None = Field(None, title="确认金额", description="勾选“对金额无异议”。", examples=[True])
    promise: Promise | None = Field(
        None, title="承诺", description="手写的还款承诺。", examples=[{"due_on": "2026-12-31"}]
    )
    knows_period_may_have_expired: bool | None = Field(
        None, title="知悉时效可能届满", description="单独一行，另行勾选。", examples=[False]
    )


class ScanFacts(Wire):
    """The page images of a signed notice, a reply slip, an envelope or a label."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "reply_slip", "signed_on": "2026-11-26", "marks": {"received": True}}]}
    )

    kind: ScanKind = Field(title="种类", description="signed_notice 签收的通知书；reply_slip 回执等。")
    signed_on: Day | None = Field(None, title="签署日", description="签署人所写的日期。")
    signer: Line | None = Field(None, title="签署人", description="签名或印章所示。", examples=["张三"])
    relation: Relation | None = Field(
        None, title="签署人与收件人的关系", description=f"照回执勾选；不填则其上的确认或承诺无从归属。{RELATION_ZH}"
    )
    original_held: bool | None = Field(
        None, title="是否保存纸质原件", description="保存有签署原件、可供核对的填 true。", examples=[True]
    )
    signature: Signature | None = Field(
        None,
        title="签署的含义",
        description="receipt_only 仅收到；no_text 只有签章；reservation 写明保留；confirms 确认债务；agrees 同意履行；"
        "new_guarantee 另行承诺保证。不填则依勾选。",
    )
    marks: Marks | None = Field(None, title="回执勾选", description="照纸面原样；没有勾选的不填。")


class RecordedAnswer(Warned):
    """A fact that was recorded under an id of its own."""

    id: str = Field(title="标识", examples=["d_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    entry: EntryAnswer = Field(title="记录")
    facts: dict[str, Any] = Field(title="记录的事实", examples=[{"carrier": "ems"}])
    files: list[FileAnswer] = Field(title="文件")
    links: dict[str, str] = Field(title="链接", examples=[{"matter": "/v1/matters/m_…"}])


class DispatchAnswer(RecordedAnswer):
    """A recorded dispatch."""

    notice: str = Field(title="通知书", examples=["n_4k2y7q3n5w6x2z4a5b6c7d2e3f"])


class TrackingAnswer(Warned):
    """A recorded trail."""

    dispatch: str = Field(title="寄送", examples=["d_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    entry: EntryAnswer = Field(title="记录")
    facts: dict[str, Any] = Field(title="记录的事实", examples=[{"source": "ems.com.cn 查询页"}])
    files: list[FileAnswer] = Field(title="文件")


class ReceiptAnswer(RecordedAnswer):
    """A recorded receipt."""

    dispatch: str = Field(title="寄送", examples=["d_4k2y7q3n5w6x2z4a5b6c7d2e3f"])


class ScanAnswer(RecordedAnswer):
    """A recorded scan."""

    notice: str = Field(title="通知书", examples=["n_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
