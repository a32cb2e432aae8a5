"""Errors of the shell, by whose fault they are; HTTP statuses are given to them in one table, `service.api.problems`.

ServiceError
├── UnauthorisedError   no key, or a key we do not know                      who are you?
├── ForbiddenError      a known caller without the scope                     ask your administrator
├── NotFoundError       no such thing for this tenant                        check the id
├── ConflictError       the thing is there, in another state                 look, then decide
├── RefusedError        the request is malformed or does not hold            correct it
│   └── TooLargeError   the request is over a limit                          send less
├── BusyError           we have no room now                                  try again later
└── StoreError          a database, object store, authority or disk failed   try again; the same key is safe
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One thing that is wrong with one field: `pointer` is an RFC 6901 JSON pointer into what was sent."""

    pointer: str
    code: str
    message_zh: str
    message_en: str


class ServiceError(Exception):
    """Base of the shell's errors: a stable `code` for programs and a sentence for people."""

    def __init__(self, code: str, message: str, *, message_zh: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_zh = message_zh or message


class UnauthorisedError(ServiceError):
    """The caller did not say who they are in a way that we can check."""


class ForbiddenError(ServiceError):
    """The caller is known and may not do this."""


class NotFoundError(ServiceError):
    """There is no such thing for this tenant; another tenant's thing is not there either."""

    def __init__(self, what: str, *, message_zh: str = "") -> None:
        super().__init__("not_found", f"{what} was not found", message_zh=message_zh)
        self.what = what


class ConflictError(ServiceError):
    """The request is well-formed, but the present state excludes it."""


class RefusedError(ServiceError):
    """The request is malformed or contradicts itself; `errors` names every field at once."""

    def __init__(self, code: str, message: str, *, errors: tuple[FieldError, ...] = (), message_zh: str = "") -> None:
        super().__init__(code, message, message_zh=message_zh)
        self.errors = errors


class TooLargeError(RefusedError):
    """The request is over a limit; nothing of it was kept."""


class BusyError(ServiceError):
    """There is no room to do this now."""

    def __init__(self, code: str, message: str, *, retry_after: int = 1, message_zh: str = "") -> None:
        super().__init__(code, message, message_zh=message_zh)
        self.retry_after = retry_after


class StoreError(ServiceError):
    """A database, object store, disk or authority failed; the same request may be sent again.

    `fatal` says that trying again does not help: a person has to look first. At the start it ends the process. Once the
    log is concerned (`service.sequencer`), that process signs and appends nothing more until it is started again, and
    `/readyz` names the code. Elsewhere the request or job fails, and the error log says so.
    """

    def __init__(
        self, message: str, *, fatal: bool = False, code: str = "store_unavailable", message_zh: str = ""
    ) -> None:
        super().__init__(code, message, message_zh=message_zh)
        self.fatal = fatal
