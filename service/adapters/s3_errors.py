"""What an S3 store answers when it fails, in the words of `service.errors`."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from service.errors import StoreError

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
"""Somebody has the name already, or is just taking it."""
_ABSENT = ("NoSuchKey", "NotFound", "404")
_CAUSES = {
    "AccessDenied": ("the object store does not allow this", "对象存储拒绝访问"),
    "InvalidAccessKeyId": ("the object store does not know our access key", "对象存储不认可访问密钥"),
    "SignatureDoesNotMatch": ("the object store does not accept our secret key", "对象存储不认可访问密钥"),
    "RequestTimeTooSkewed": ("our clock and the object store's differ too much", "本机时钟与对象存储相差过大"),
    "NoSuchBucket": ("the bucket does not exist", "存储桶不存在"),
    "QuotaExceeded": ("the object store's quota is used up", "对象存储配额已用完"),
    "InsufficientCapacity": ("the object store is full", "对象存储空间已满"),
    "BadDigest": ("the bytes were damaged on their way to the object store", "内容在传输中损坏"),
}


def error_code(error: ClientError) -> str:
    """Give the code that the store's answer names; a HEAD has no body, so there it is the HTTP status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_absent(error: ClientError) -> bool:
    """Tell what says that an object is not there from every other failure.

    Whoever stands in the way may say it too: a HEAD has no body, so a bucket that is gone or a proxy's page of its own
    looks the same. Believe it only once a listing of the versions says so as well.
    """
    return error_code(error) in _ABSENT


@contextmanager
def s3_errors(doing: str) -> Iterator[None]:
    """Turn what boto3 raises in the block into a StoreError that names the cause and no address or credential."""
    try:
        yield
    except ClientError as error:
        raise _refusal(error, doing) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise StoreError(
            f"the object store cannot be reached for {doing} ({type(error).__name__})", message_zh="对象存储无法连接"
        ) from error


def _refusal(error: ClientError, doing: str) -> StoreError:
    code = error_code(error)
    text, text_zh = _CAUSES.get(code, ("the object store answered with an error", "对象存储返回错误"))
    return StoreError(f"{text}: {doing} ({code})", message_zh=f"{text_zh}（{code}）")
