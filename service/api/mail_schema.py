"""What a caller says of the post of a batch."""

from pydantic import ConfigDict, Field

from service.api.wire import Moment, Wire
from service.mailing.plan import PART_SIZE


class PrintFacts(Wire):
    """How a batch is to be printed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"part_size": 500, "duplex": True}]})

    part_size: int = Field(
        PART_SIZE, ge=1, le=2000, title="每册函件数", description="每册一个文件，前后各有一张隔页。", examples=[500]
    )
    duplex: bool = Field(
        True, title="双面打印", description="true：每份函件从纸的正面开始，奇数页后补一空白页。", examples=[True]
    )


class WaybillFacts(Wire):
    """What the returned sheet does not say."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"posted_at": "2026-11-24T10:05:00+08:00"}]})

    posted_at: Moment | None = Field(
        None, title="交寄时间", description="表中没有收寄时间的行用此时间；带时区，记录为 UTC。"
    )
