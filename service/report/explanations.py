"""What the report says of itself: how to check it, and what it does not prove."""

from collections.abc import Iterator

from evidence.canonical import JsonValue
from service.report.source import ReportSource

SELF = (
    "本报告由系统依记录自动生成。所列事实以记录为准；诉讼时效与保证期间的推算属于辅助计算，不是法律意见，"
    "须经律师复核签字；法律结论由律师提出、由法庭认定。"
)
COUNTING = (
    "“间隔”为同一当事人相邻两次主张之间的日数（后一日期减前一日期）。计算所用日期依次取：到达日；无到达日的取拒收日、退回日；"
    "均无的取签署日（扫描件所载）；再无的取交寄日，并在“依据”栏注明。日期一律按北京时间。该算法仅为列示方便，"
    "何日发生何种法律效果，由法庭依法认定。更正过的事实按更正后的日期计算，原记录与更正一并列示。"
)


def is_development(label: str) -> bool:
    """Tell whether an authority's label says that it is one for development, which nobody has to believe."""
    return "development" in label.lower() or "不受信任" in label


def not_proved(source: ReportSource) -> list[JsonValue]:
    """List what the bundle does not prove, for this installation."""
    return list(_not_proved(source))


def _not_proved(source: ReportSource) -> Iterator[str]:
    yield "不证明收件人阅读或理解了函件；妥投、拒收、退回以承运人出具的凭证为准。"
    yield "不直接证明信封内装有何物：内件由寄件存根、内件品名、装封照片及函件定稿相互印证，有异议的须另行举证。"
    yield "工作人员录入的事实（付款、承诺、签收人及其关系等）如未附文件，仅证明当时作了该项登记，不证明其内容真实。"
    yield "可信时间戳只证明数据“不晚于”该时间已经存在；记录时间、交寄时间、妥投时间等更早的时间，由登记人或承运人陈述。"
    yield "扫描件为复制件，不能代替原件；签名、印章是否为本人所为，除所附文件已有证明的以外，本证据包不予证明。"
    yield "案件最后一条记录之后是否还有其他记录，仅凭本包不能排除；可向日志核对或与另一时间取得的检查点比对。"
    if source.witnesses == 0:
        yield (
            "本日志没有见证方联署。持有日志私钥且能取得新时间戳的运营者，在封存本包之前整体改写历史的，仅凭本包不能发现；"
            "以往取得的证据包、检查点可以发现。"
        )
    untrusted = [name for name, label in source.authorities if is_development(label)]
    if untrusted:
        yield (
            f"时间戳机构 {'、'.join(untrusted)} 为开发测试用，不具有第三方公信力，其时间不能作为证据使用；"
            "正式使用须接入具备资质的时间戳服务。"
        )
    if not source.authorities:
        yield "出具本报告时没有登记任何时间戳机构。"
    yield (
        "第三部分依登记的事实推算诉讼时效与保证期间，并列出通常、从严两种算法；登记的事实是否真实、法律见解是否正确，"
        "推算本身不能证明，由法庭认定。验证程序只核对该推算确由本包记录得出。"
    )


def ways_to_verify(source: ReportSource) -> list[JsonValue]:
    """Give the three ways, each with its commands."""
    return [
        {
            "title": "方式一：使用验证程序（离线，完成全部十三项检查，包括重新推算时效）",
            "text": "对完整的证据包压缩文件执行下列任一命令；退出码 0 为通过，1 为不通过，2 为无法读取，3 为不能确定。",
            "commands": [
                "duly verify bundle.zip --trust anchors/",
                "python -m evidence verify bundle.zip --trust anchors/",
            ],
        },
        _by_hand(source),
        {
            "title": "方式三：使用任何 BagIt 工具（核对文件完整性）",
            "text": "证据包是符合 RFC 8493 的 BagIt 1.0 包，图书馆、档案馆通用工具均可核对文件是否齐全、未被改动"
            "（不核对日志与时间戳）。",
            "commands": [f"bagit.py --validate {source.matter_id}"],
        },
    ]


def _by_hand(source: ReportSource) -> JsonValue:
    return {
        "title": "方式二：不使用本系统的任何程序（sha256sum 与 openssl）",
        "text": "解压后进入案件目录，依次核对文件摘要、标签清单的时间戳和检查点的时间戳。"
        "逐步说明见项目文档《Verify a bundle by hand》（docs/verify-by-hand.md）。",
        "commands": [
            f"unzip bundle.zip && cd {source.matter_id}",
            "sha256sum --check --strict manifest-sha256.txt tagmanifest-sha256.txt",
            "openssl ts -verify -data tagmanifest-sha256.txt -in seal/tsa1.tsr \\",
            "    -CAfile ../anchors/tsa-roots.pem -untrusted ../anchors/tsa-chain.pem",
            "openssl ts -verify -data data/log/checkpoint -in data/log/checkpoint.tsr \\",
            "    -CAfile ../anchors/tsa-roots.pem -untrusted ../anchors/tsa-chain.pem",
        ],
    }


ANCHORS = (
    "信任锚（日志公钥、时间戳根证书）必须从证据包以外取得：服务公开的 /v1/trust 接口、由运营者执行 duly trust export 导"
    "出并以合同附件、公告等方式留存的副本，或法庭、对方当事人已持有的副本。"
    "证据包 trust/ 目录中的文件仅供阅读，不得据以验证。"
)
