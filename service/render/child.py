"""A rendering child: `python -m service.render.child paper|office|reader`, one request at a time on one socket.

It reads the template folder itself and compares the folder's digest with the one the service asked for, so that nothing
but what was published is ever filled. Whatever happens here, the service only ever sees a message or a dead child.
"""

import gc
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from socket import socket
from typing import Any

from jinja2.exceptions import SecurityError, UndefinedError

from service.errors import RefusedError
from service.render import wire
from service.render.confine import allow_cpu, confine, follow_parent, give_up_privileges
from service.render.landlock import fence_files
from service.render.sandbox import DataEnvironment, TemplateError, describe_undefined
from service.render.syscalls import forbid_syscalls
from service.render.workspace import clear

Reply = tuple[dict[str, Any], list[bytes]]


class RefusalError(Exception):
    """A request that this child understood and will not do; `code` names why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Paper:
    """Fills letters: HTML to PDF, and DOCX forms. Compiled templates are kept by digest."""

    def __init__(self) -> None:
        from service.render.html import HtmlEngine  # WeasyPrint reads FONTCONFIG_FILE when imported: only here

        self._html = HtmlEngine()
        self._printed: list[str] = []
        self._environment = DataEnvironment(lambda value: self._printed.append(str(value)))
        self._forms: dict[tuple[str, str], Any] = {}

    def answer(self, head: Mapping[str, Any], blobs: list[bytes]) -> Reply:
        """Fill one letter, or draw a finished page or the probe."""
        if head["engine"] == "probe":
            return {}, [self._html.draw_probe()]
        if head["engine"] == "page":
            body, pages = self._html.draw(blobs[0].decode("utf-8"), page_limit=head["page_limit"])
            return {"pages": pages}, [body]
        form = self._form(Path(head["directory"]), head["digest_hex"], head["engine"])
        context = {**head["fields"], "letter": head["letter"]}
        self._printed.clear()
        if head["engine"] == "docx":
            from service.render.docx import fill_docx

            body, facts = fill_docx(form, context), {}
        else:
            body, pages = self._html.render(form, context, page_limit=head["page_limit"])
            facts = {"pages": pages}
        return {**facts, "printed": list(self._printed), "engine_version": self._version(head["engine"])}, [body]

    def _form(self, directory: Path, digest_hex: str, engine: str) -> Any:
        key = (digest_hex, engine)
        if key not in self._forms:
            self._forms[key] = self._compile(directory, digest_hex, engine)
        return self._forms[key]

    def _compile(self, directory: Path, digest_hex: str, engine: str) -> Any:
        from service.render.catalog import folder_digest, read_folder
        from service.render.docx import compile_docx
        from service.render.html import HtmlForm

        files = read_folder(directory)
        if folder_digest(files) != digest_hex:
            raise RefusalError("template_changed", f"{directory} is not the folder that was published")
        if engine == "docx":
            return compile_docx(files["template.docx"], self._environment)
        source = files["template.html"].decode("utf-8")
        return HtmlForm(form=self._environment.from_string(source), files=files, digest_hex=digest_hex)

    def _version(self, engine: str) -> str:
        from service.render.html import engine_version

        return engine_version() if engine == "html" else f"docxtpl {version('docxtpl')}"


class OfficeDesk:
    """Converts filled DOCX letters."""

    def __init__(self) -> None:
        from service.render.office import Office

        self._office = Office(Path(tempfile.mkdtemp(prefix="office-")))

    def answer(self, _head: Mapping[str, Any], blobs: list[bytes]) -> Reply:
        """Convert one DOCX; anything else LibreOffice would take for plain text and print as it is."""
        from service.render.docx import unpack
        from service.render.lean import lean_docx
        from service.render.office import count_pages

        pdf = self._office.to_pdf(lean_docx(unpack(blobs[0])))
        return {"engine_version": self._office.version, "pages": count_pages(pdf)}, [pdf]


def _desk(kind: str) -> Callable[[Mapping[str, Any], list[bytes]], Reply]:
    """Only what this kind of child needs is imported."""
    if kind == "paper":
        return Paper().answer
    if kind == "office":
        return OfficeDesk().answer
    from service.render.reader import Reader

    return Reader().answer


def main() -> None:
    """Serve one parent until it hangs up."""
    kind, descriptor, memory_bytes, workspace = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    channel = socket(fileno=descriptor)
    try:
        _serve(channel, kind, lambda: _bind(memory_bytes, workspace, readable=map(Path, sys.argv[5:])))
    except wire.WireError:  # the parent is gone, whether it was asking or being answered
        clear(workspace)


def _bind(memory_bytes: int, workspace: Path, *, readable: Iterable[Path]) -> set[str]:
    """Before there is a second thread, which Landlock would not bind; gives the fences that stand."""
    fences = {"network"} if confine(memory_bytes=memory_bytes) else set()
    if fence_files(workspace, readable=readable):
        fences.add("files")
    give_up_privileges()
    follow_parent(workspace)
    return fences


def _serve(channel: socket, kind: str, bind: Callable[[], set[str]]) -> None:
    """The last fence stands once the engine is warm, which takes `fc-match`, and before anything strange comes in."""
    try:
        fences = bind()
        answer = _desk(kind)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to be told why there is no child
        wire.send(channel, {"ready": False, "message": f"{type(error).__name__}: {error}"})
        return
    if forbid_syscalls():
        fences |= {"network", "processes"}
    wire.send(channel, {"ready": True, "fences": sorted(fences)})
    is_warm = False
    while True:
        head, blobs = wire.receive(channel)
        reply, pieces = _answer(answer, head, blobs)
        wire.send(channel, reply, pieces)
        if not is_warm:  # what there is now stays: the collector need not walk through it in every letter
            gc.collect()
            gc.freeze()
            is_warm = True


def _answer(
    answer: Callable[[Mapping[str, Any], list[bytes]], Reply], head: dict[str, Any], blobs: list[bytes]
) -> Reply:
    allow_cpu(int(head["cpu_seconds"]))
    try:
        reply, pieces = answer(head, blobs)
    except MemoryError:
        return _refuse("render_too_large", "the letter needs more memory than a letter may have"), []
    except Exception as error:  # noqa: BLE001 - a hostile document may raise anything from inside the engines
        return _refuse(*_explain(error)), []
    return {"ok": True, **reply}, pieces


def _explain(error: Exception) -> tuple[str, str]:
    name = type(error).__name__
    if isinstance(error, (RefusalError, RefusedError)):
        return error.code, str(error)
    if isinstance(error, UndefinedError):
        return "render_missing_field", describe_undefined(error)
    if isinstance(error, (TemplateError, SecurityError)):
        return "render_refused", str(error)[:400]
    if name == "PageLimitError":
        return "render_too_many_pages", str(error)
    if isinstance(error, ValueError):
        return "render_bad_value", str(error)[:400]
    return "render_failed", f"{name}: {str(error)[:300]}"


def _refuse(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "code": code, "message": message}


if __name__ == "__main__":
    main()
