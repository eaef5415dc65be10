"""The camera page reads and verifies printed codes as the command line does: one code, two readers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from quanheng.kernel.attestations.credentials import codes
from quanheng.kernel.attestations.keys import multikey, sealing
from quanheng.kernel.attestations.tests import samples

pytestmark = pytest.mark.any_database

SCRIPTS = Path(__file__).parents[1] / "quanheng" / "portal" / "static" / "portal" / "js"
CODE = codes.made(samples.document(), samples.SIGNER.sign)
READ = """async ([text, trust]) => {
  const { openCode, codeSigner } = await import("/codes.js");
  const facts = await openCode(text);
  if (!facts) return null;
  const issuer = await codeSigner(facts, trust);
  const { message, signature, ...told } = facts;
  return { ...told, issuer: issuer && issuer.nameZh };
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_told: Any) -> None: ...


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(SCRIPTS)))
    Thread(target=server.serve_forever, daemon=True).start()
    found = browser.new_page()
    found.goto(f"http://127.0.0.1:{server.server_port}/codes.js")
    yield found
    found.close()
    server.shutdown()


def trust(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(samples.bundle(**changes).signed_bytes(samples.SIGNER))
    return found


def test_it_reads_and_verifies_what_was_signed(page: Page) -> None:
    told = page.evaluate(READ, [CODE, trust()])
    facts = codes.facts_of(samples.document())
    assert told["issuer"] == "天津市示范检测研究院"
    assert (told["number"], told["object"], told["decision"]) == (facts.number, facts.object, facts.decision)
    assert (told["sha256"], told["synthetic"], told["issued"]) == (facts.sha256, True, "2026-03-02")


def test_what_is_changed_forged_or_cut_has_no_issuer(page: Page) -> None:
    new = sealing.generate(samples.DID, samples.KEK)
    forger = sealing.unseal_signer(new.key_id, new.sealed, samples.KEK, samples.VALIDITY)
    forged = codes.made(samples.document(), forger.sign)
    moved = CODE.replace("/r/7", "/r/8")
    changed = CODE[:-3] + ("AAA" if CODE[-3:] != "AAA" else "BBB")
    for text in (forged, moved, changed):
        told = page.evaluate(READ, [text, trust()])
        assert told is None or told["issuer"] is None
    for text in (samples.ID, CODE[:80], f"{samples.ID}#!"):
        assert page.evaluate(READ, [text, trust()]) is None


def test_a_key_that_others_may_have_or_that_was_not_valid_proves_nothing(page: Page) -> None:
    (key,) = samples.issuer().keys
    for changed in (replace(key, compromised=samples.NOW), replace(key, validity=sealing.Validity(samples.NOW))):
        assert page.evaluate(READ, [CODE, trust(keys=(changed,))])["issuer"] is None


def test_a_p256_key_is_read_from_its_compressed_point(page: Page) -> None:
    for _draw in range(8):  # both signs of y
        signer, key = samples.p256()
        document = samples.document()
        document = document | {"proof": document["proof"] | {"verificationMethod": signer.key_id}}
        code, trusted = codes.made(document, signer.sign), trust(keys=(key,))
        assert page.evaluate(READ, [code, trusted])["issuer"] == "天津市示范检测研究院"
        other, _key = samples.p256()
        assert page.evaluate(READ, [codes.made(document, other.sign), trusted])["issuer"] is None
    off = multikey.encode("p256-pub", b"\x02" + bytes(31) + b"\x05")
    assert page.evaluate(READ, [code, trust(keys=(replace(key, public_multikey=off),))])["issuer"] is None
