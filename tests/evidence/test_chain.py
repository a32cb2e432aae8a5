from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.chain import verify_chain, verify_link
from evidence.entry import GENESIS, Entry, entry_to_bytes, leaf_hash
from evidence.errors import ChainError

START = datetime(2026, 11, 23, 22, 6, 40, tzinfo=UTC)


def chain_of(length, **changes):
    entries, prev = [], GENESIS
    for seq in range(1, length + 1):
        entry = Entry(
            at=START + timedelta(days=seq),
            body_digest=bytes([seq] * 32),
            kind="payment.received",
            log="duly.example/log",
            matter="m_one",
            prev=prev,
            seq=seq,
        )
        entry = replace(entry, **changes.get(f"seq_{seq}", {}))
        entries.append(entry)
        prev = leaf_hash(entry_to_bytes(entry))
    return entries


def verify(entries):
    verify_chain(entries, headers=[entry_to_bytes(entry) for entry in entries])


@pytest.mark.parametrize("length", [1, 2, 7])
def test_a_whole_chain_holds(length):
    verify(chain_of(length))


def test_two_entries_in_one_second_hold():
    verify(chain_of(3, seq_2={"at": START + timedelta(days=1)}))


def test_no_entry_is_no_chain():
    with pytest.raises(ChainError, match="no entry") as caught:
        verify([])
    assert caught.value.seq == 0


@pytest.mark.parametrize(
    ("pick", "seq", "message"),
    [
        ([1, 2, 3], 1, "entry 2 stands where 1 is due"),
        ([0, 1, 3], 3, "entry 4 stands where 3 is due"),
        ([0, 2, 1, 3], 2, "entry 3 stands where 2 is due"),
        ([0, 1, 1, 2], 3, "entry 2 stands where 3 is due"),
    ],
)
def test_an_entry_omitted_moved_or_repeated_is_named(pick, seq, message):
    entries = chain_of(4)
    with pytest.raises(ChainError, match=message) as caught:
        verify([entries[position] for position in pick])
    assert caught.value.seq == seq


def test_a_chain_cannot_begin_in_the_middle_under_number_one():
    with pytest.raises(ChainError, match="entry 1 does not hold") as caught:
        verify(chain_of(3, seq_1={"prev": bytes([1] * 32)}))
    assert caught.value.seq == 1


@pytest.mark.parametrize(
    "change", [{"body_digest": bytes(32)}, {"kind": "promise.made"}, {"at": START + timedelta(days=1, hours=1)}]
)
def test_an_edited_entry_is_told_by_the_one_after_it(change):
    entries = chain_of(4)
    entries[1] = replace(entries[1], **change)
    with pytest.raises(ChainError, match="entry 3 does not hold") as caught:
        verify(entries)
    assert caught.value.seq == 3


def test_an_entry_of_another_matter_does_not_fit_even_with_the_right_prev():
    with pytest.raises(ChainError, match="m_two") as caught:
        verify(chain_of(3, seq_2={"matter": "m_two"}))
    assert caught.value.seq == 2


def test_an_entry_of_another_log_does_not_fit():
    with pytest.raises(ChainError, match=r"other\.example/log"):
        verify(chain_of(3, seq_3={"log": "other.example/log"}))


def test_time_does_not_run_back():
    with pytest.raises(ChainError, match="is before 2026-11-25T22:06:40Z") as caught:
        verify(chain_of(3, seq_3={"at": START}))
    assert caught.value.seq == 3


def test_headers_of_other_entries_are_told():
    entries = chain_of(2)
    headers = [entry_to_bytes(entry) for entry in chain_of(2, seq_2={"kind": "promise.made"})]
    with pytest.raises(ChainError, match="another entry's") as caught:
        verify_chain(entries, headers=headers)
    assert caught.value.seq == 2


def test_headers_in_another_number_are_our_own_mistake():
    with pytest.raises(ValueError, match="shorter"):
        verify_chain(chain_of(2), headers=[entry_to_bytes(chain_of(1)[0])])


def test_one_link_can_be_verified_alone():
    first, second = chain_of(2)
    verify_link(first, previous=None, previous_hash=GENESIS)
    verify_link(second, previous=first, previous_hash=leaf_hash(entry_to_bytes(first)))
    with pytest.raises(ChainError):
        verify_link(second, previous=first, previous_hash=GENESIS)
