"""Notes, checkpoints and cosignatures against the published examples, and what must be refused."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from quanheng.kernel.translog.merkle import EMPTY
from quanheng.kernel.translog.note import LOG, WITNESS, BadNote, Checkpoint, Note, Signer, Verifier, opened

# The example of Go's package note, from which C2SP signed-note comes.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SAID = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = (
    f"{SAID}\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SOFA = Checkpoint.read("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")
LOG_KEY = Signer("log.example/qh", LOG, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
WITNESS_KEY = Signer("witness.example/w1", WITNESS, Ed25519PrivateKey.from_private_bytes(b"w" * 32))


def test_the_published_note_verifies_and_a_changed_one_does_not() -> None:
    key = Verifier.read(NEUMANN)
    assert str(key) == NEUMANN
    assert list(Note.read(SIGNED).signed_by([key])) == [key]
    assert str(Note.read(SIGNED)) == SIGNED
    with pytest.raises(BadNote):
        Note.read(SIGNED.replace("don't", "do")).signed_by([key])
    stranger = LOG_KEY.line(SAID)
    assert list(Note.read(SIGNED + stranger).signed_by([key])) == [key], "unknown keys are passed over"
    assert Note.read(f"{SAID}\n{stranger}").signed_by([key]) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "", SAID, SIGNED[:-1], SIGNED.replace("\u2014", "-"), SIGNED.replace("\n\n", "\n"), SIGNED + "\n",
        SIGNED.replace("x08go", "x08g!"), SIGNED.replace("think", "thi\tnk"), SIGNED.replace("nAM=", "nAN="),
        f"{SAID}\n\u2014 two words x08go/ZJkuBS9UG/\n", f"{SAID}\n\u2014 short AAAA\n",
        b"\xff\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "x" * 70_000 + SIGNED,
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(wrong: str | bytes) -> None:
    with pytest.raises(BadNote):
        Note.read(wrong)


def test_the_published_checkpoint_is_read_and_written() -> None:
    assert (SOFA.origin, SOFA.size) == ("example.com/behind-the-sofa", 20852163)
    assert Checkpoint.read(SOFA.text + "an extension\n") == SOFA
    assert Checkpoint.read(Checkpoint("a", 0, EMPTY).text).size == 0


@pytest.mark.parametrize(
    "wrong",
    ["", "a\n", "a\n1\n", "\n1\n{r}\n", "a\n01\n{r}\n", "a\n-1\n{r}\n", "a\n1.0\n{r}\n", "a\n1\n{r}", "a\n1\nAAAA\n",
     "a\n1\n{r}\n\n", "a\n0\n{r}\n", "a\n9223372036854775808\n{r}\n", "a\n١\n{r}\n", "a\n1\n{r} \n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(wrong: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.read(wrong.format(r=b64encode(b"r" * 32).decode()))


@pytest.mark.parametrize(
    "wrong", ["", "a+b", NEUMANN.replace("c74f", "c74e"), NEUMANN.replace("Peter", ""), NEUMANN[:-4], "a b" + NEUMANN]
)
def test_what_is_no_key_is_refused(wrong: str) -> None:
    with pytest.raises(BadNote):
        Verifier.read(wrong)


def test_a_witness_signs_the_checkpoint_with_its_time() -> None:
    text = Checkpoint("log.example/qh", 3, b"r" * 32).text
    whole = f"{text}\n{LOG_KEY.line(text)}{WITNESS_KEY.line(text, 1679315147)}"
    found = opened(whole, [LOG_KEY.verifier], [WITNESS_KEY.verifier])
    assert found.checkpoint.size == 3 and found.witnesses == {WITNESS_KEY.verifier: 1679315147}
    assert Verifier.read(str(WITNESS_KEY.verifier)) == WITNESS_KEY.verifier
    assert opened(whole, [LOG_KEY.verifier]).witnesses == {}, "a witness that nobody knows says nothing"


def test_a_checkpoint_is_its_own_logs_only() -> None:
    text = Checkpoint("log.example/other", 3, b"r" * 32).text
    foreign = f"{text}\n{LOG_KEY.line(text)}"
    with pytest.raises(BadNote):
        opened(foreign, [LOG_KEY.verifier])
    mine = Checkpoint("log.example/qh", 3, b"r" * 32).text
    with pytest.raises(BadNote):
        opened(f"{mine}\n{WITNESS_KEY.line(mine, 1)}", [LOG_KEY.verifier], [WITNESS_KEY.verifier])
    # The time that a witness signed cannot be exchanged for another one.
    name, body = WITNESS_KEY.line(mine, 1)[2:].split()
    raw = bytearray(b64decode(body))
    raw[11] = 2
    line = f"\u2014 {name} {b64encode(raw).decode()}\n"
    with pytest.raises(BadNote):
        opened(f"{mine}\n{LOG_KEY.line(mine)}{line}", [LOG_KEY.verifier], [WITNESS_KEY.verifier])
