"""The core from the command line, offline: `python -m evidence verify BUNDLE --trust DIR`, `… law CASE.toml`.

The only part of the core that opens files. Exit status: 0 passed (a case: as expected), 1 failed (a case: it differs),
2 unreadable or misused, 3 indeterminate.
"""

import argparse
import io
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from evidence import law_command
from evidence.errors import EvidenceError, MalformedError
from evidence.layout import TRUST_FILES
from evidence.recomputed import verify_and_recompute
from evidence.trust import trust_from_files
from evidence.verify import Policy, Report, Status, report_to_json, report_to_text

EXIT_UNREADABLE = 2
_EXITS = {Status.PASSED: 0, Status.FAILED: 1, Status.INDETERMINATE: 3}
_MAX_FILE = 4 * 1024 * 1024
_EPILOG = """退出码 exit status:
  0 通过 passed    1 不通过 failed    2 无法读取或用法有误 unreadable or misused    3 无法判断 indeterminate

信任锚须另行取得（网站公告、合同附件、对方留存），不取自证据包。
The anchors come from elsewhere than the bundle: a website, a contract's annex, the other side's copy."""

_LAW_EPILOG = """退出码 exit status:
  0 与预期一致，或没有预期 as expected, or nothing expected    1 与预期不同 differs
  2 无法读取或事实矛盾 unreadable or contradictory              3 事实不足且没有预期 undetermined, nothing expected"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status."""
    options = _parser().parse_args(arguments)
    status: int = options.command(options)
    return status


def _run_verify(options: argparse.Namespace) -> int:
    try:
        report = _verify(options)
    except (OSError, EvidenceError) as error:
        print(f"无法验证 cannot verify: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    _say(_to_json(report) if options.json else report_to_text(report, language=options.language))
    return _EXITS[report.status]


def _run_law(options: argparse.Namespace) -> int:
    try:
        outcome = law_command.run(_text(options.case), as_of=options.as_of, as_json=options.json)
    except OSError as error:
        print(f"无法读取 cannot read: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    except EvidenceError as error:
        print(law_command.message(error), file=sys.stderr)
        return EXIT_UNREADABLE
    _say(outcome.text)
    return outcome.status


def _text(path: Path) -> str:
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedError("不是 UTF-8 文本 not a UTF-8 text", where=str(path)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evidence", description="达证证据包离线验证 offline verifier of evidence bundles"
    )
    commands = parser.add_subparsers(required=True, metavar="verify | law")
    _add_verify(commands)
    _add_law(commands)
    return parser


def _add_verify(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verify = commands.add_parser(
        "verify",
        help="验证一个证据包 verify a bundle",
        description="离线验证一个证据包：不联网，不信任证据包自带的公钥与证书。",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("bundle", type=Path, help="证据包（zip）the bundle")
    verify.add_argument("--trust", type=Path, required=True, metavar="DIR", help="信任锚目录 folder of trust anchors")
    _add_given(verify)
    verify.add_argument("--json", action="store_true", help="以 JSON 输出 print JSON")
    verify.add_argument("--language", choices=["zh", "en"], default="zh", help="报告语言 language of the report")
    verify.set_defaults(command=_run_verify)


def _add_law(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    law = commands.add_parser(
        "law",
        help="推算一个案例的时效与保证期间 reckon a case file",
        description="按案例文件（TOML）推算各方的诉讼时效与保证期间，与文件中的预期比较。格式见 docs/law-cases.md。",
        epilog=_LAW_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    law.add_argument("case", type=Path, metavar="CASE.toml", help="案例文件 the case file")
    law.add_argument(
        "--as-of", type=date.fromisoformat, metavar="DATE", help="改问另一日（不再比较预期）ask for another day"
    )
    law.add_argument("--json", action="store_true", help="以 JSON 输出 print JSON")
    law.add_argument("--language", choices=["zh"], default="zh", help="文字输出的语言 language of the text")
    law.set_defaults(command=_run_law)


def _add_given(verify: argparse.ArgumentParser) -> None:
    verify.add_argument(
        "--earlier", type=Path, action="append", default=[], metavar="CHECKPOINT",
        help="另行留存的日志检查点，可多次给出 a checkpoint kept from elsewhere",
    )  # fmt: skip
    verify.add_argument(
        "--consistency", type=Path, action="append", default=[], metavar="FILE",
        help="该检查点与证据包之间的一致性证明 a consistency proof between the two",
    )  # fmt: skip
    verify.add_argument(
        "--known", type=Path, nargs=2, action="append", default=[], metavar=("HEADER", "PROOF"),
        help="另行留存的本案记录及其收录证明 an entry of the matter kept from elsewhere, with its log proof",
    )  # fmt: skip
    verify.add_argument(
        "--witnesses", type=_count, metavar="N",
        help="至少要有几名见证人副署；默认：信任锚列有见证人则为 1 cosignatures required",
    )  # fmt: skip


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ValueError(text)
    return count


def _verify(options: argparse.Namespace) -> Report:
    trust = trust_from_files(_read_folder(options.trust))
    with options.bundle.open("rb") as source:
        return verify_and_recompute(
            source,
            trust=trust,
            earlier=[_read(path) for path in options.earlier],
            consistency=[_read(path) for path in options.consistency],
            known=[(_read(header), _read(proof)) for header, proof in options.known],
            policy=Policy(witnesses=options.witnesses),
        )


def _read_folder(folder: Path) -> Mapping[str, bytes]:
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: 没有这个目录 no such folder")
    return {name: _read(folder / name) for name in TRUST_FILES if (folder / name).exists()}


def _read(path: Path) -> bytes:
    with path.open("rb") as source:
        data = source.read(_MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        raise OSError(f"{path}: 文件过大 larger than {_MAX_FILE} bytes")
    return data


def _to_json(report: Report) -> str:
    return json.dumps(report_to_json(report), ensure_ascii=False, indent=2) + "\n"


def _say(text: str) -> None:
    """Print, whatever letters the terminal lacks: a report half printed would be worse than one with marks in it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.stdout.write(text)


if __name__ == "__main__":
    sys.exit(main())
