"""The `duly` command: what an operator, a clerk or an auditor types.

Exit status: 0 done or passed, 1 failed, 2 unreadable or misused, 3 indeterminate (the verifier's own meanings).
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from service.errors import ServiceError

HELP = """Duly 达证：依法送达，留存证据。

常用：
  duly serve                              启动服务（含后台任务），数据放在 ./data
  duly serve --no-worker / duly worker    服务与后台任务分开运行，可各开多个（须用 PostgreSQL）
  duly demo --out 目录                    用一次性数据把整个流程走一遍，留下证据包与验证结果
  duly verify 证据包.zip --trust 目录     离线验证证据包；信任锚须另行取得，不取自证据包
  duly fsck                               逐条重算全部记录、文件、日志，指出任何不符之处
  duly tenants create 代码 名称           新建租户        duly keys create 代码 角色    签发访问密钥
  duly trust export 目录                  导出信任锚，交给对方、法院或审计人员
  duly calendar create 代码               新建时效日历的订阅地址，供 Outlook、WPS、手机订阅

Every setting is an environment variable DULY_…; see README.md.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    options = _parser().parse_args(arguments)
    if options.run is None:
        _parser().print_help()
        return 2
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except ServiceError as error:
        print(f"duly: {error.message_zh}\n      {error.message}  [{error.code}]", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="duly", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(metavar="命令", title="命令 commands")
    _add_serve(commands)
    _add_worker(commands)
    _add_demo(commands)
    _add_verify(commands)
    _add_fsck(commands)
    _add_keys(commands)
    _add_tenants(commands)
    _add_trust(commands)
    _add_calendar(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_serve(commands: Commands) -> None:
    parser = commands.add_parser("serve", help="启动服务 run the service and its jobs in one process")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认只供本机访问 address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="端口 port")
    parser.add_argument(
        "--demonstration",
        action="store_true",
        help="准备演示租户、每种角色一把密钥和一个样例案件，并打印第一条 curl 命令 a tenant to begin with",
    )
    parser.add_argument(
        "--no-worker",
        action="store_true",
        help="只受理请求，后台任务由 duly worker 执行（须用 PostgreSQL） leave the jobs to workers",
    )
    parser.set_defaults(run=_serve)


def _add_worker(commands: Commands) -> None:
    parser = commands.add_parser("worker", help="只执行后台任务，可开任意多个（须用 PostgreSQL） run jobs only")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址 address to listen on")
    parser.add_argument(
        "--port", type=int, default=None, help="在此端口提供 /livez /readyz /metrics；不填则不监听 where to tell"
    )
    parser.set_defaults(run=_worker)


def _add_demo(commands: Commands) -> None:
    parser = commands.add_parser("demo", help="把整个流程演示一遍 play the whole story on throw-away data")
    parser.add_argument("--out", type=Path, required=True, help="结果目录（须为空或不存在） folder for the results")
    parser.set_defaults(run=_demo)


def _add_verify(commands: Commands) -> None:
    parser = commands.add_parser(
        "verify",
        help="离线验证证据包 verify a bundle offline",
        description="与 `python -m evidence verify` 完全相同：不联网，不信任证据包自带的公钥与证书。",
        add_help=False,
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="见 duly verify --help")
    parser.set_defaults(run=_verify)


def _add_fsck(commands: Commands) -> None:
    parser = commands.add_parser("fsck", help="逐条重算并核对全部数据 re-derive and compare everything")
    parser.add_argument(
        "--notes", action="store_true", help="也列出无害的发现（如未被引用的文件） harmless findings too"
    )
    parser.set_defaults(run=_fsck)


def _add_keys(commands: Commands) -> None:
    keys = commands.add_parser("keys", help="访问密钥 API keys").add_subparsers(metavar="动作", required=True)
    create = keys.add_parser("create", help="签发一把密钥，只显示这一次 issue a key, shown once")
    create.add_argument("tenant", help="租户代码 tenant code")
    create.add_argument("role", choices=["case_system", "legal_staff", "auditor", "administrator"], help="角色 role")
    create.add_argument("--label", default="", help="用途说明 what it is for")
    create.add_argument("--days", type=int, default=365, help="有效天数 days until it expires")
    create.set_defaults(run=_keys_create)
    listing = keys.add_parser("list", help="列出密钥（不含密钥本身） list keys, never their text")
    listing.add_argument("tenant")
    listing.set_defaults(run=_keys_list)
    revoke = keys.add_parser("revoke", help="吊销一把密钥 revoke a key")
    revoke.add_argument("tenant")
    revoke.add_argument("key_id")
    revoke.set_defaults(run=_keys_revoke)


def _add_tenants(commands: Commands) -> None:
    tenants = commands.add_parser("tenants", help="租户 tenants").add_subparsers(metavar="动作", required=True)
    create = tenants.add_parser("create", help="新建租户 create a tenant")
    create.add_argument("code", help="函号前缀：2 至 8 个大写字母或数字，定后不改 prefix of its notice numbers")
    create.add_argument("name", help="名称 name")
    create.set_defaults(run=_tenants_create)
    tenants.add_parser("list", help="列出租户 list tenants").set_defaults(run=_tenants_list)


def _add_trust(commands: Commands) -> None:
    trust = commands.add_parser("trust", help="信任锚 trust anchors").add_subparsers(metavar="动作", required=True)
    export = trust.add_parser("export", help="导出到目录 write the anchors into a folder")
    export.add_argument("directory", type=Path)
    export.set_defaults(run=_trust_export)
    trust.add_parser("show", help="显示各锚及其 SHA-256 show them with digests").set_defaults(run=_trust_show)


def _add_calendar(commands: Commands) -> None:
    calendar = commands.add_parser("calendar", help="日历订阅 calendar feeds")
    feeds = calendar.add_subparsers(metavar="动作", required=True)
    create = feeds.add_parser("create", help="新建订阅地址，只显示这一次 make an address, shown once")
    create.add_argument("tenant", help="租户代码 tenant code")
    create.add_argument("--label", default="日历", help="用途说明 what it is for")
    create.set_defaults(run=_calendar_create)
    listing = feeds.add_parser("list", help="列出订阅（不含地址） list feeds, never their addresses")
    listing.add_argument("tenant")
    listing.set_defaults(run=_calendar_list)
    revoke = feeds.add_parser("revoke", help="吊销订阅 revoke a feed")
    revoke.add_argument("tenant")
    revoke.add_argument("feed_id")
    revoke.set_defaults(run=_calendar_revoke)


def _serve(options: argparse.Namespace) -> int:
    from service.serving import serve

    status = serve(
        host=options.host, port=options.port, demonstration=options.demonstration, works=not options.no_worker
    )
    return _leave(status)


def _worker(options: argparse.Namespace) -> int:
    from service.serving import work

    return _leave(work(host=options.host, port=options.port))


def _leave(status: int) -> int:
    """End now: a job that waits for a store that is away would hold the process, and it goes on in the next one."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _demo(options: argparse.Namespace) -> int:
    from service.demonstration import play

    return play(options.out)


def _verify(options: argparse.Namespace) -> int:
    from evidence.__main__ import main as evidence_main

    return evidence_main(["verify", *options.rest])


def _fsck(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        problems = offline.fsck()
    for problem in problems:
        if problem.is_error or options.notes:
            print(problem)
    errors = sum(problem.is_error for problem in problems)
    print("核对完毕：全部相符。" if errors == 0 else f"核对完毕：{errors} 处不符，见上。")
    return 0 if errors == 0 else 1


def _keys_create(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    expires_at = datetime.now(UTC) + timedelta(days=options.days)
    with open_offline() as offline:
        tenant = offline.access.tenant_by_code(options.tenant)
        text, record = offline.access.issue_key(
            tenant.id, role=options.role, label=options.label, expires_at=expires_at
        )
    print(text)
    print(
        f"编号 {record.id}，角色 {record.role}，{expires_at:%Y-%m-%d} 到期。请立即妥善保存，今后无法再次显示。",
        file=sys.stderr,
    )
    return 0


def _keys_list(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        tenant = offline.access.tenant_by_code(options.tenant)
        for key in offline.access.keys(tenant.id):
            state = "已吊销" if key.revoked_at else "有效"
            print(f"{key.id}\t{key.role}\t{state}\t到期 {key.expires_at or '无'}\t{key.label}")
    return 0


def _keys_revoke(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        offline.access.revoke_key(offline.access.tenant_by_code(options.tenant).id, options.key_id)
    print("已吊销。")
    return 0


def _tenants_create(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        tenant = offline.access.create_tenant(code=options.code, name=options.name)
    print(f"{tenant.id}\t{tenant.code}\t{tenant.name}")
    return 0


def _tenants_list(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        for tenant in offline.access.tenants():
            print(f"{tenant.id}\t{tenant.code}\t{tenant.name}")
    return 0


def _calendar_create(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        tenant = offline.access.tenant_by_code(options.tenant)
        made = offline.feeds.create(tenant_id=tenant.id, label=options.label)
        print(f"{offline.settings.public_url}/v1/calendar.ics?token={made.token}")
    print(f"编号 {made.feed.id}。知道此地址的人都能看到日历内容；今后无法再次显示。", file=sys.stderr)
    return 0


def _calendar_list(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        for feed in offline.feeds.of_tenant(offline.access.tenant_by_code(options.tenant).id):
            state = "已吊销" if feed.revoked_at else "有效"
            print(f"{feed.id}\t{state}\t最近使用 {feed.last_used_at or '无'}\t{feed.label}")
    return 0


def _calendar_revoke(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        tenant = offline.access.tenant_by_code(options.tenant)
        offline.feeds.revoke(tenant_id=tenant.id, feed_id=options.feed_id)
    print("已吊销。")
    return 0


def _trust_export(options: argparse.Namespace) -> int:
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        files = offline.trust.files()
    options.directory.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (options.directory / name).write_bytes(data)
        print(options.directory / name)
    return 0


def _trust_show(options: argparse.Namespace) -> int:
    from evidence.canonical import sha256
    from service.wiring.foundation import open_offline

    with open_offline() as offline:
        for name, data in offline.trust.files().items():
            print(f"{sha256(data).hex()}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
