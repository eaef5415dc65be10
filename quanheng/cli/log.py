"""``./qh log show|prove|audit|mirror``: the transparency log. ``mirror --from`` needs no database."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import django

from quanheng.kernel.translog.mirror import KEY, Folder, Refused, Site, Source, mirror
from quanheng.kernel.translog.note import BadNote, Verifier


def main(given: list[str]) -> int:
    """0 when all is well; 1 when something is wrong with the log or not in it; 2 when it cannot be read."""
    options = _parser().parse_args(given)
    act = {"show": _show, "prove": _prove, "audit": _audit, "mirror": _mirror}[options.act]
    return act(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./qh log", description="The transparency log.")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("show", help="its name, key, size and last checkpoint")
    prove = acts.add_parser("prove", help="the proof of an attestation, to verify offline with ./qh verify --proof")
    prove.add_argument("number")
    prove.add_argument("--out", type=Path, metavar="FILE", help="where to write it; otherwise it is printed")
    audit = acts.add_parser("audit", help="the whole log against the registers, from both sides")
    audit.add_argument("--checkpoint", type=Path, metavar="FILE", help="one that you kept: was it taken back?")
    copy = acts.add_parser("mirror", help="a copy in a folder, grown only by what continues it")
    copy.add_argument("folder", type=Path)
    copy.add_argument("--from", dest="source", metavar="URL|DIR", help="a log elsewhere; otherwise this platform's")
    copy.add_argument("--key", metavar="VKEY", help="the verifier key of that log; needed the first time")
    return parser


def _fail(message: object, code: int = 2) -> int:
    print(f"qh: {message}", file=sys.stderr)
    return code


def _show(options: argparse.Namespace) -> int:
    django.setup()
    from quanheng.kernel.translog.queries import state

    found = state()
    checkpoint = found["checkpoint"]
    print(f"log        {found['origin']}")
    print(f"key        {found['key'] or 'made with the first checkpoint'}")
    print(f"entries    {found['entered']}")
    if checkpoint is None:
        print("checkpoint none yet: the worker signs one every minute")
        return 0
    print(f"checkpoint {checkpoint.size} entries, {checkpoint.at.isoformat(timespec='seconds')},", end=" ")
    print(f"{checkpoint.witnesses} witness(es)\n\n{checkpoint.note}", end="")
    return 0


def _prove(options: argparse.Namespace) -> int:
    django.setup()
    from quanheng.kernel.attestations.queries import by_number
    from quanheng.kernel.base.errors import NotFound
    from quanheng.kernel.translog.queries import evidence_of

    try:
        found = evidence_of(by_number(options.number).uid)
    except NotFound as refusal:
        return _fail(refusal, 1)
    if found.proof is None:
        return _fail("the attestation is on record but not in the log; ./qh log audit tells more.", 1)
    if not found.proof["checkpoint"]:
        return _fail("it is entered; the proof can be made after the next checkpoint, within a minute.", 1)
    text = json.dumps(found.proof, ensure_ascii=False, indent=1) + "\n"
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


def _audit(options: argparse.Namespace) -> int:
    django.setup()
    from quanheng.kernel.translog.auditing import audit
    from quanheng.kernel.translog.queries import state

    wrong = 0
    try:
        for finding in audit(options.checkpoint.read_bytes() if options.checkpoint else None):
            wrong += 1
            print(f"{finding.kind:<11}{finding.where}: {finding.what}")
    except (OSError, BadNote) as error:
        return _fail(f"the checkpoint cannot be used: {error}")
    if wrong:
        return _fail(f"{wrong} finding(s).", 1)
    print(f"{state()['entered']} entries, all of them on record, all that is on record among them.")
    return 0


def _mirror(options: argparse.Namespace) -> int:
    try:
        source, key = _elsewhere(options) if options.source else _here()
        grown = mirror(source, options.folder, key)
    except BadNote as error:
        return _fail(error)
    except Refused as refused:
        return _fail(f"{refused.why}: {refused}", 2 if refused.why == "missing" else 1)
    print(f"{key.name}: {grown.before} → {grown.now} entries, proven to continue what was there.")
    return 0


def _elsewhere(options: argparse.Namespace) -> tuple[Source, Verifier]:
    kept = options.folder / KEY
    text = options.key or (kept.read_text() if kept.exists() else "")
    if not text:
        raise BadNote("give --key, the verifier key of the log: it stands on its page and in the trust bundle")
    site = options.source.startswith(("https://", "http://"))
    return Site(options.source) if site else Folder(Path(options.source)), Verifier.read(text)


def _here() -> tuple[Source, Verifier]:
    django.setup()
    from quanheng.kernel.translog import growing
    from quanheng.kernel.translog.queries import Own

    growing.make_checkpoint()
    key = growing.verifier("log")
    assert key is not None
    return Own(), key


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
