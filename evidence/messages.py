"""What the verifier's checks are called and what they can say, in Chinese and in English."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Level(Enum):
    """How much a remark matters: a fault fails its check, a gap leaves it undecided, the others do neither."""

    FAULT = "fault"
    GAP = "gap"
    CAVEAT = "caveat"
    NOTE = "note"


class Wording(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Check:
    """A numbered check: its short name and its title."""

    name: str
    wording: Wording


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with `{placeholders}` and how much it matters."""

    level: Level
    wording: Wording


CHECKS = {
    1: Check("complete", Wording("文件齐全：不缺、不多，压缩包结构规范", "Complete: nothing missing, nothing extra")),
    2: Check("intact", Wording("文件未改动：与三份清单的指纹一致", "Intact: every file has its manifests' digests")),
    3: Check("canonical", Wording("记录书写唯一：只有一种写法，没有歧义", "Canonical: one spelling, one meaning")),
    4: Check("chain", Wording("记录连续：按序相连，时间不倒退", "Chain: every entry follows on the one before")),
    5: Check("checkpoint", Wording("日志检查点由可信密钥签名", "Checkpoints: signed by a trusted key of the log")),
    6: Check("cosigned", Wording("独立见证人副署", "Cosigned by independent witnesses")),
    7: Check("included", Wording("每条记录均收录于日志", "Included: every entry is on the log")),
    8: Check("consistent", Wording("日志前后一致，未被改写", "Consistent: the log only ever grew")),
    9: Check("timestamps", Wording("时间戳有效", "Time stamps: valid, and over these bytes")),
    10: Check("times", Wording("记录时间与时间戳相符", "Times: recorded times agree with the time stamps")),
    11: Check("bodies", Wording("记录内容与附件一一对应", "Bodies: entries and files name each other")),
    12: Check("pdf_signatures", Wording("PDF 内的签名覆盖全文", "PDF signatures: they cover the whole file")),
    13: Check(
        "limitation", Wording("时效推算与记录相符", "Limitation: what the report reckons follows from the entries")
    ),
}

_F, _G, _C, _N = Level.FAULT, Level.GAP, Level.CAVEAT, Level.NOTE

MESSAGES: dict[str, Message] = {
    "premise": Message(
        _G,
        Wording("前提不成立，本项无法判断（{reason}）", "not decided, since what it builds on is not sound: {reason}"),
    ),
    "zip_form": Message(
        _F,
        Wording(
            "压缩包不是规定的唯一结构：可能被重新打包、截断或夹带内容（{reason}）",
            "the zip is not in the one form that bundles have: packed anew, cut short or tampered with ({reason})",
        ),
    ),
    "top_folder": Message(
        _F,
        Wording("包内应当只有一个以案件编号命名的文件夹", "there must be one top folder, named by the matter"),
    ),
    "unlisted": Message(_F, Wording("格式不允许的文件，来历不明", "a file that no bundle has; its origin is unknown")),
    "missing": Message(_F, Wording("应有而没有的文件", "missing")),
    "too_large": Message(_F, Wording("文件大到超出限度：{reason}", "too large to be what it should be: {reason}")),
    "declaration": Message(_F, Wording("不是 BagIt 1.0 声明", "not the declaration of a BagIt 1.0 bag")),
    "bag_info": Message(_F, Wording("包说明的格式不符：{reason}", "not a bundle's bag-info.txt: {reason}")),
    "version": Message(_F, Wording("不认识的格式版本 {version}", "unknown version {version} of the format")),
    "matter_name": Message(
        _F, Wording("写明的案件 {matter} 与文件夹名不同", "it names matter {matter}, the folder another")
    ),
    "oxum": Message(
        _F,
        Wording(
            "写明的文件总数和字节数与实际不同（写明 {stated}，实有 {found}）",
            "stated bytes and files are {stated}, found {found}",
        ),
    ),
    "unreadable": Message(_F, Wording("读取时发现损坏：{reason}", "damaged: {reason}")),
    "manifest_form": Message(_F, Wording("清单格式不符：{reason}", "not a manifest in the one form: {reason}")),
    "digest": Message(
        _F,
        Wording("文件已被改动：指纹与 {manifest} 不同", "the file was changed: its digest is not that in {manifest}"),
    ),
    "not_listed": Message(_F, Wording("{manifest} 没有列出这个文件", "{manifest} does not list this file")),
    "not_there": Message(_F, Wording("{manifest} 列出的文件不在包内", "listed in {manifest}, but not in the bundle")),
    "not_canonical": Message(
        _F, Wording("不是规定的唯一写法：{reason}", "not in the one canonical spelling: {reason}")
    ),
    "chain": Message(
        _F,
        Wording(
            "记录不连续：有记录被删、被插、被换或次序不对（{reason}）",
            "the chain is broken; an entry was removed, added, changed or moved: {reason}",
        ),
    ),
    "other_matter": Message(_F, Wording("记录属于另一案件 {matter}", "the entry belongs to another matter, {matter}")),
    "other_log": Message(_F, Wording("记录属于另一日志 {log}", "the entry belongs to another log, {log}")),
    "checkpoint": Message(
        _F,
        Wording("检查点不可信：{reason}", "the checkpoint is not this log's, or not signed by a trusted key: {reason}"),
    ),
    "earlier_size": Message(
        _F,
        Wording(
            "检查点的大小是 {size}，与文件名不符或不早于总检查点",
            "its tree size is {size}: not its name's, or not earlier",
        ),
    ),
    "proof_checkpoint": Message(
        _F, Wording("收录证明用的不是本包的检查点", "the proof leads to another checkpoint than the bundle's")
    ),
    "seal_not_later": Message(
        _F,
        Wording(
            "封存记录的检查点不比 data/log/checkpoint 更新",
            "the seal's checkpoint is not later than data/log/checkpoint",
        ),
    ),
    "trust_copy": Message(
        _C,
        Wording(
            "包内的信任锚副本与您提供的不同；验证只用了您提供的",
            "the bundle's copy differs from the anchors given; only the given ones were used",
        ),
    ),
    "no_witness": Message(
        _C,
        Wording(
            "没有要求独立见证人副署：如果日志运营者用自己的日志密钥并重新取得时间戳，把全部历史改写一遍，"
            "本次验证看不出来；只有见证人副署、更早留存的检查点或更早留存的记录才能揭穿",
            "no witness was asked for: if the operator rewrote the whole history with the log's own key and fresh "
            "time stamps, this verification would not see it; only a witness, an older checkpoint or an older entry "
            "kept elsewhere would",
        ),
    ),
    "cosignature": Message(_F, Wording("见证人副署有误：{reason}", "a witness's cosignature is wrong: {reason}")),
    "too_few_witnesses": Message(
        _F,
        Wording("要求 {required} 名见证人副署，只有 {found} 名", "{required} witnesses are required, {found} cosigned"),
    ),
    "witness": Message(_N, Wording("{name} 于 {at} 副署", "cosigned by {name} at {at}")),
    "not_included": Message(
        _F, Wording("日志不认这条记录：{reason}", "the log does not hold this entry as proven: {reason}")
    ),
    "log_order": Message(
        _F, Wording("在日志中的位置不在前一条之后", "its place on the log is not behind the entry before")
    ),
    "consistency": Message(
        _F,
        Wording(
            "日志前后不一致，历史可能被改写：{reason}", "the log did not only grow; history may be rewritten: {reason}"
        ),
    ),
    "equivocation": Message(
        _F,
        Wording(
            "同一日志在 {size} 条时有两个不同的根：历史被改写，这两份签名的检查点就是证据",
            "the log signed two different roots at size {size}: history was rewritten, and the two signed checkpoints "
            "prove it",
        ),
    ),
    "given_consistent": Message(
        _N, Wording("与您提供的 {size} 条时的检查点一致", "consistent with the given checkpoint of size {size}")
    ),
    "given_unproven": Message(
        _G,
        Wording(
            "没有 {size} 条的检查点与本包之间的一致性证明，无法判断；可向日志取得后用 --consistency 提供",
            "no proof links the given checkpoint of size {size} with this bundle; get one from the log and give it "
            "with --consistency",
        ),
    ),
    "given_unusable": Message(
        _G,
        Wording(
            "您提供的第 {number} 份材料不能使用：{reason}", "item {number} that was given cannot be used: {reason}"
        ),
    ),
    "known_agrees": Message(
        _N, Wording("您提供的第 {seq} 条记录与本包相同", "the given entry {seq} is the bundle's own")
    ),
    "known_differs": Message(
        _F,
        Wording(
            "您提供的第 {seq} 条记录已在日志上，却与本包不同：本包隐去或改写了历史",
            "the given entry {seq} is on the log and differs from the bundle's: history was left out or rewritten",
        ),
    ),
    "known_later": Message(
        _F,
        Wording(
            "本案在第 {last} 条之后还有第 {seq} 条记录（{at}）：本包不是全部，请取得新的证据包",
            "the matter goes on after entry {last}: entry {seq} of {at} is on the log; this bundle is not the whole "
            "record, ask for a new one",
        ),
    ),
    "token": Message(_F, Wording("时间戳无效：{reason}", "the time stamp does not hold: {reason}")),
    "token_good": Message(_N, Wording("{gen_time}，{signer}", "{gen_time}, {signer}")),
    "one_authority": Message(
        _C,
        Wording("封存只有一家时间戳机构作证", "one time-stamping authority alone vouches for the time of the seal"),
    ),
    "recorded_after_token": Message(
        _F,
        Wording(
            "记录时间 {at} 晚于已经盖在它上面的时间戳 {gen_time}：其中一个时间不真实",
            "recorded at {at}, later than the time stamp over it, {gen_time}: one of the two is untrue",
        ),
    ),
    "sealed_before_token": Message(
        _F,
        Wording(
            "封存时间 {at} 早于它所引用的时间戳 {gen_time}",
            "sealed at {at}, before the time stamp it names, {gen_time}",
        ),
    ),
    "late_token": Message(
        _C,
        Wording(
            "{count} 条记录在记录时间 {limit} 小时以后才有时间戳；第 {seq} 条相隔最久（{hours} 小时 {minutes} 分）。"
            "时间戳只证明记录不晚于时间戳时刻存在，此前的时间是运营者自己的陈述",
            "entries stamped more than {limit} h after their recorded time: {count}; entry {seq} waited longest "
            "({hours} h {minutes} min). A time stamp shows existence by then; an earlier time is the operator's word",
        ),
    ),
    "largest_gap": Message(
        _N,
        Wording(
            "从记录到第一个时间戳相隔最久的是第 {seq} 条：{hours} 小时 {minutes} 分",
            "the longest wait from record to first time stamp is entry {seq}'s: {hours} h {minutes} min",
        ),
    ),
    "body": Message(
        _F, Wording("记录内容被换过：与记录头承诺的指纹不同", "the body is not the one that its header commits to")
    ),
    "reference": Message(_F, Wording("记录指称文件的写法不符：{reason}", "a file reference that is none: {reason}")),
    "file_missing": Message(
        _F, Wording("第 {seq} 条记录指称的文件不在包内", "entry {seq} names this file; it is missing")
    ),
    "file_differs": Message(
        _F,
        Wording(
            "文件与第 {seq} 条记录写明的指纹或大小不同：不是当时封存的那一份",
            "the file is not the one that entry {seq} recorded: digest or size differ",
        ),
    ),
    "file_unnamed": Message(_F, Wording("没有任何记录指称这个文件", "no entry names this file")),
    "seal_kind": Message(_F, Wording("封存记录的种类是 {kind}", "the seal is an entry of kind {kind}")),
    "seal_tagmanifest": Message(
        _F,
        Wording(
            "封存记录封存的不是这份总清单：封存之后有文件被改动",
            "the seal commits to another tagmanifest: something was changed after the sealing",
        ),
    ),
    "seal_tokens": Message(
        _F,
        Wording("封存记录写明的时间戳不是包内这些", "the seal names other time-stamp tokens than those in the bundle"),
    ),
    "seal_entries": Message(
        _F, Wording("封存记录写明的末条序号与包内不同", "the seal names another last entry than the bundle's")
    ),
    "pdf_partial": Message(
        _F,
        Wording(
            "PDF 签名没有覆盖整个文件：签名之后又追加了内容，或签名范围有洞",
            "a PDF signature does not cover the whole file: something was added after signing, or its range has a hole",
        ),
    ),
    "pdf_partial_received": Message(
        _C,
        Wording(
            "收到时即如此：PDF 内的签名没有覆盖整个文件，签名之后的内容不受该签名保护",
            "as received: a signature in this PDF does not cover the whole file; it does not protect what follows",
        ),
    ),
    "pdf_unsigned": Message(_N, Wording("没有带签名的 PDF", "no PDF here has a signature")),
    "pdf_covered": Message(
        _N,
        Wording(
            "{count} 个签名，覆盖全文；签名人证书未在此核验",
            "{count} signatures, covering the whole file; the signers' certificates were not checked here",
        ),
    ),
    "law_absent": Message(
        _N,
        Wording("报告没有时效推算，无须核对", "the report states no limitation, so there is nothing to compare"),
    ),
    "law_agrees": Message(
        _N,
        Wording(
            "由本包记录重新推算，与报告逐项相同（规则、节假日数据、用语的版本：{present}）；法律见解是否正确，由法庭认定",
            "reckoned again from the entries: the same in every point (versions of rules, holidays, wording: "
            "{present}); whether the reading of the law is right is for a court to say",
        ),
    ),
    "law_differs": Message(
        _F,
        Wording(
            "报告的推算不是由本包记录得出：{path} 写为“{stated}”，依记录应为“{found}”",
            "the report states what the entries do not give: {path} is {stated}, from the entries it is {found}",
        ),
    ),
    "law_day": Message(
        _F,
        Wording(
            "推算日 {as_of} 不在末条记录之日 {first} 与封存之日 {last} 之间",
            "reckoned for {as_of}, which is not between the last entry's day {first} and the seal's {last}",
        ),
    ),
    "law_form": Message(
        _F, Wording("时效推算没有写明推算日，无法核对", "the statement of limitation names no day that it is for")
    ),
    "law_other_rules_same_days": Message(
        _G,
        Wording(
            "报告所用规则、节假日数据、用语的版本为 {stated}，本程序为 {present}，不能逐项核对；"
            "按本程序的规则重算，各当事人的状态和最后一日均与报告相同",
            "the report was reckoned by rules, holidays and wording of {stated}, this program has {present}; "
            "by these, every state and last day is the same",
        ),
    ),
    "law_other_rules_other_days": Message(
        _G,
        Wording(
            "报告所用规则、节假日数据、用语的版本为 {stated}，本程序为 {present}，不能逐项核对；"
            "按本程序的规则重算，下列各项与报告不同",
            "the report was reckoned by rules, holidays and wording of {stated}, this program has {present}; "
            "by these, the following is not the same",
        ),
    ),
    "law_other_day": Message(
        _G,
        Wording(
            "{path}：报告写为“{stated}”，按本程序的规则为“{found}”",
            "{path}: the report has {stated}, by this program's rules it is {found}",
        ),
    ),
}
