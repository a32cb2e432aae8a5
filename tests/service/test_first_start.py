"""Processes that start at the same moment in an installation that has its keys and nothing else yet."""

import threading
import time
from pathlib import Path

import pytest
from databases import Database
from world import ORIGIN, made_once

from service.logkeys import load_log_keys
from service.sequencer import Sequencer
from service.settings import Settings
from service.wiring import foundation as wiring
from service.wiring.foundation import Foundation, clock, create_log, lay_foundation


class SlowSequencer(Sequencer):
    """Leaves time for another process between looking for the log and making it."""

    def inception(self) -> bytes:
        time.sleep(0.3)
        return super().inception()


def start(settings: Settings) -> Foundation:
    laid = lay_foundation(settings)
    keys = load_log_keys(made_once() / "keys", origin=ORIGIN)
    create_log(laid, SlowSequencer(laid.engine, laid.objects, clock=clock, log_keys=keys, origin=ORIGIN))
    return laid


def provisioned(tmp_path: Path, database: Database) -> Settings:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "log-keys").symlink_to(made_once() / "keys")
    (keys / "development-tsa").symlink_to(made_once() / "tsa")
    return Settings(data=tmp_path / "data", keys=keys, origin=ORIGIN, database_url=database.url(tmp_path))


def test_two_first_starts_with_provisioned_keys_make_one_log(tmp_path: Path, database: Database) -> None:
    settings = provisioned(tmp_path, database)
    laid: list[Foundation] = []
    faults: list[Exception] = []

    def run() -> None:
        try:
            laid.append(start(settings))
        except Exception as error:  # noqa: BLE001 - the main thread asserts that there was none
            faults.append(error)

    starts = [threading.Thread(target=run) for _ in range(2)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join(timeout=60)
    assert faults == []
    assert [problem for problem in laid[0].fsck() if problem.is_error] == []
    for each in laid:
        each.engine.dispose()


def test_the_bucket_is_made_by_one_process_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """Two that make the same bucket at once: the second is told that it exists, and would not start."""
    settings = provisioned(tmp_path, database)
    inside, most = [0], [0]
    objects = wiring._objects

    def counted(given: Settings) -> object:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.2)
        inside[0] -= 1
        return objects(given)

    monkeypatch.setattr(wiring, "_objects", counted)
    laid: list[Foundation] = []
    starts = [threading.Thread(target=lambda: laid.append(lay_foundation(settings))) for _ in range(2)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join(timeout=60)
    for each in laid:
        each.engine.dispose()
    assert (len(laid), most) == (2, [1])
