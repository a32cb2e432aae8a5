import pickle

import pytest

from evidence import errors


def test_the_place_stands_before_the_message():
    assert (
        str(errors.MalformedError("no such instant", where="00000001.json/at")) == "00000001.json/at: no such instant"
    )
    assert str(errors.MalformedError("not UTF-8")) == "not UTF-8"


@pytest.mark.parametrize(
    "name", ["ChainError", "InclusionError", "ConsistencyError", "SignatureError", "TimestampError"]
)
def test_a_claim_that_does_not_hold_is_not_malformed(name):
    error = getattr(errors, name)
    assert issubclass(error, errors.VerificationError)
    assert not issubclass(error, errors.MalformedError)


def test_errors_cross_a_process_boundary():
    error = pickle.loads(pickle.dumps(errors.ChainError("out of place", seq=7, where="log")))
    assert (error.message, error.seq, error.where, str(error)) == ("out of place", 7, "log", "log: out of place")
