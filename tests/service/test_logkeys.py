"""The log's keys are made once and are readable by their user alone."""

from pathlib import Path

import pytest

from evidence.note import ECDSA_P256, ED25519, parse_note, sign_note, verify_note
from service.errors import ConflictError, StoreError
from service.logkeys import create_log_keys, load_log_keys
from service.settings import Settings
from service.wiring.foundation import open_offline

pytestmark = pytest.mark.slow


def test_both_keys_sign_and_are_read_back(tmp_path: Path) -> None:
    made = create_log_keys(tmp_path / "keys", origin="log.example")
    again = load_log_keys(tmp_path / "keys", origin="log.example")
    assert again.verifier_keys == made.verifier_keys
    assert [key.algorithm for key in made.verifier_keys] == [ED25519, ECDSA_P256]
    note = parse_note(sign_note("log.example\n", again.signers))
    assert verify_note(note, made.verifier_keys) == made.verifier_keys
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert "PRIVATE" not in repr(made)


def test_keys_are_never_made_twice(tmp_path: Path) -> None:
    create_log_keys(tmp_path / "keys", origin="log.example")
    with pytest.raises(ConflictError):
        create_log_keys(tmp_path / "keys", origin="log.example")


def test_an_attempt_that_died_is_begun_anew(tmp_path: Path) -> None:
    left = tmp_path / ".keys.making"
    left.mkdir()
    (left / "log-ed25519.key").write_bytes(b"half a key")
    create_log_keys(tmp_path / "keys", origin="log.example")
    assert not left.exists()


def test_keys_that_others_could_read_are_not_used(tmp_path: Path) -> None:
    create_log_keys(tmp_path / "keys", origin="log.example")
    (tmp_path / "keys" / "log-ecdsa.key").chmod(0o640)
    with pytest.raises(StoreError, match="600") as caught:
        load_log_keys(tmp_path / "keys", origin="log.example")
    assert caught.value.fatal


def test_a_missing_broken_or_exchanged_key_is_an_error(tmp_path: Path) -> None:
    create_log_keys(tmp_path / "keys", origin="log.example")
    first, second = (tmp_path / "keys" / name for name in ("log-ed25519.key", "log-ecdsa.key"))
    data = first.read_bytes()
    for wrong in (b"", data[:40], second.read_bytes()):
        first.write_bytes(wrong)
        with pytest.raises(StoreError):
            load_log_keys(tmp_path / "keys", origin="log.example")
    first.write_bytes(data)
    second.unlink()
    with pytest.raises(StoreError):
        load_log_keys(tmp_path / "keys", origin="log.example")


def test_a_process_with_the_keys_of_another_installation_does_not_start(tmp_path: Path) -> None:
    """Two machines, one of which was not given the first one's keys, over the same records."""
    other = Settings(data=tmp_path / "other", origin="log.example")
    with open_offline(other) as installed:
        assert installed.fsck() == []
    ours = Settings(data=tmp_path / "ours", origin="log.example")
    with open_offline(ours):
        pass
    with pytest.raises(StoreError) as caught, open_offline(ours.model_copy(update={"keys": tmp_path / "other"})):
        pass
    assert (caught.value.code, caught.value.fatal) == ("log_keys_differ", True)
    with open_offline(ours) as installed:
        assert installed.fsck() == []
