"""The settings: read once from the environment (`DULY_…`), then passed on as plain values by `service.wiring`."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, computed_field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIB = 1024 * 1024


class Settings(BaseSettings):
    """What an operator may set. Trusted; every default is durable and needs no account, server or key."""

    model_config = SettingsConfigDict(env_prefix="DULY_", frozen=True, extra="ignore")

    data: Path = Field(
        default=Path("data"),
        validate_default=True,
        description="Folder of the embedded default: database, objects, keys.",
    )
    database_url: str = Field(
        default="", description="SQLAlchemy URL of the records; empty: SQLite in the data folder."
    )
    jobs_database_url: str = Field(
        default="",
        description="URL of the durable jobs; empty: beside the records on PostgreSQL, or SQLite in the data folder.",
    )
    database_connections: int = Field(
        default=15, ge=5, le=200, description="Most connections of one process to the records on PostgreSQL."
    )
    keys: Path | None = Field(
        default=None,
        description="Folder of the log's keys, the cursor key and the embedded authorities; empty: `DATA`.",
    )
    origin: str = Field(
        default="duly.invalid/log/2026",
        pattern=r"^[a-z0-9.-]+(/[a-z0-9.-]+)*$",
        description="Name of the log, bound into every entry; it cannot be changed once the log exists.",
    )
    public_url: str = Field(default="http://127.0.0.1:8000", description="How callers reach this service.")

    objects: str = Field(
        default="", description="`s3://bucket/prefix`, or a folder; empty: `objects` in the data folder."
    )
    s3_endpoint: str = Field(default="", description="URL of an S3-compatible server; empty: the SDK's own default.")
    s3_region: str = Field(default="us-east-1")
    s3_access_key: SecretStr = Field(default=SecretStr(""))
    s3_secret_key: SecretStr = Field(default=SecretStr(""))
    s3_create_bucket: bool = Field(default=False, description="Create a missing bucket with versions and Object Lock.")
    retention_days: int = Field(
        default=365 * 13, ge=1, description="Object Lock: a claim's life (3 years) and ten years."
    )

    tsa_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="RFC 3161 authorities, comma-separated; empty: the embedded development ones (untrusted).",
    )
    tsa_roots: Path | None = Field(default=None, description="PEM file: roots of those authorities.")
    tsa_chain: Path | None = Field(default=None, description="PEM file: certificates between signers and roots.")
    tsa_timeout_seconds: float = Field(default=10.0, gt=0)

    token_seconds: float = Field(
        default=10.0, ge=0, description="Least time between two tokens of one authority over checkpoints."
    )
    checkpoint_seconds: float = Field(default=1.0, gt=0, description="How often new entries are put into the log.")
    job_polling_seconds: float = Field(default=0.5, gt=0, description="How often queues are looked at.")

    render_processes: int = Field(default=2, ge=1, le=64)
    office_processes: int = Field(default=1, ge=1, le=16)
    render_queue_seconds: float = Field(default=30.0, gt=0, description="Budget for waiting for a free process.")
    render_work_seconds: float = Field(default=60.0, gt=0, description="Budget for the work on one letter.")
    render_memory_bytes: int = Field(default=2048 * MIB, ge=256 * MIB, description="Limit of each rendering process.")
    page_limit: int = Field(default=250, ge=1)
    templates: Path | None = Field(default=None, description="Folder of templates; empty: those that come with Duly.")
    font_cache: Path | None = Field(default=None, description="Where subset fonts are kept; empty: in the data folder.")

    body_limit_bytes: int = Field(default=2 * MIB, ge=1024, description="Largest JSON body.")
    file_limit_bytes: int = Field(default=200 * MIB, ge=1024, description="Largest uploaded file.")
    upload_limit_bytes: int = Field(default=1024 * MIB, ge=1024, description="Largest multipart request.")
    minimum_free_bytes: int = Field(default=256 * MIB, ge=0, description="Refuse to write when the disk has less.")

    ems_layout: Path | None = Field(
        default=None, description="JSON file: columns of the carrier's batch sheet; empty: the common ones."
    )
    ems_sender_name: str = Field(default="", max_length=100, description="Sender on labels; empty: the tenant's name.")
    ems_sender_phone: str = Field(default="", max_length=40)
    ems_sender_company: str = Field(default="", max_length=100)
    ems_sender_address: str = Field(default="", max_length=200)
    ems_sender_postcode: str = Field(default="", max_length=6)
    ems_customer_code: str = Field(
        default="", max_length=40, description="The house's customer number with the carrier."
    )

    oidc_issuer: str = Field(default="", description="Issuer of bearer tokens; empty: API keys only.")
    oidc_audience: str = Field(default="duly")
    oidc_jwks_url: str = Field(default="")

    alarm_days: str = Field(
        default="180,90,30,7",
        pattern=r"^[1-9][0-9]{0,3}(,[1-9][0-9]{0,3}){0,19}$",
        description="Days before the conservative last day on which an alarm is raised, comma-separated.",
    )
    calendar_months: int = Field(default=12, ge=1, le=60, description="How far ahead a calendar feed looks.")

    webhook_private_networks: str = Field(
        default="",
        description="Private networks that webhooks may reach, by http too, comma-separated; empty: none.",
    )

    scrub_days: int = Field(
        default=30, ge=1, description="Every frozen file is read and compared with its digest about this often."
    )

    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("tsa_urls", mode="before")
    @classmethod
    def _split_urls(cls, value: object) -> object:
        return tuple(url.strip() for url in value.split(",") if url.strip()) if isinstance(value, str) else value

    @field_validator("data", "keys", "font_cache", "templates")
    @classmethod
    def _from_here(cls, value: Path | None) -> Path | None:
        """Children stand in folders of their own: a name must mean the same there."""
        return None if value is None else value.absolute()

    @field_validator("webhook_private_networks")
    @classmethod
    def _check_networks(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.split(","))):
            ip_network(part)
        return value

    @computed_field  # type: ignore[prop-decorator]
    @property
    def records_url(self) -> str:
        """Give the URL of the records' database."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'duly.sqlite'}"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def jobs_url(self) -> str:
        """Give the URL of the jobs' database."""
        if self.jobs_database_url or self.database_url.startswith("postgresql"):
            return self.jobs_database_url or self.database_url
        return f"sqlite:///{self.data.absolute() / 'jobs.sqlite'}"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def keys_folder(self) -> Path:
        """Give the folder of the keys."""
        return self.keys or self.data
