"""The real S3 server that tests/s3_server/install unpacked, started and stopped by deploy/s3/ceph."""

import os
import subprocess
from pathlib import Path

import boto3
from botocore.client import Config

from service.adapters.s3 import S3Store

ROOT = Path(__file__).resolve().parents[2]
CEPH = ROOT / "deploy/s3/ceph"
UNPACKED = ROOT / ".cache/ceph20"
BUCKET = "duly-contract"


class S3Server:
    """One Ceph on loopback, its data in memory and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "CEPH_ROOT": str(UNPACKED), "S3_DIR": str(folder), "S3_PORT": "0"}

    def start(self) -> None:
        lines = self._run("start").splitlines()
        self.address = dict(line.split("=", 1) for line in lines)

    def stop(self) -> None:
        self._run("stop")

    def stop_gateway(self) -> None:
        self._run("stop-gateway")

    def start_gateway(self) -> None:
        self._run("start-gateway")

    def store(self, *, endpoint: str | None = None, prefix: str = "", **settings) -> S3Store:
        return S3Store(
            **{
                "bucket": BUCKET,
                "prefix": prefix,
                "endpoint": endpoint or self.address["S3_ENDPOINT"],
                "region": "us-east-1",
                "access_key": self.address["S3_ACCESS_KEY"],
                "secret_key": self.address["S3_SECRET_KEY"],
                "retention_days": 30,
                "create_bucket": True,
                **settings,
            }
        )

    def raw(self):
        """Give a client that the adapter has no part in."""
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.address["S3_ENDPOINT"],
            region_name="us-east-1",
            aws_access_key_id=self.address["S3_ACCESS_KEY"],
            aws_secret_access_key=self.address["S3_SECRET_KEY"],
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def _run(self, command: str) -> str:
        assert UNPACKED.is_dir(), "the S3 server is not installed: run tests/s3_server/install"
        done = subprocess.run(
            [CEPH, command], env=self._environment, capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == 0, f"ceph {command}: {done.stderr}"
        return done.stdout
