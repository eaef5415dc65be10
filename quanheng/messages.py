"""The English catalogues: what the Chinese text of the interface is called in English.

Chinese texts are written in Python and templates and are the msgids. Each app keeps its own catalogue in
``locale/en/LC_MESSAGES/django.po``; text outside every app goes to ``quanheng/locale``. ``./qh messages`` brings
the catalogues up to date, ``./qh messages --check`` fails on whatever lacks an English text.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

PACKAGE = Path(__file__).resolve().parent
CATALOGUE = Path("locale") / "en" / "LC_MESSAGES" / "django.po"
# No dates and no line numbers: a catalogue changes only when a text does.
HEADER = """\
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
# Function -> places of its text, "c" marking the context (Babel's notation).
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...]] = {
    name + lazy: places
    for name, places in {
        "gettext": (1,),
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
    for lazy in ("", "_lazy")
} | {"_": (1,), "gettext_noop": (1,)}
HAN = re.compile(r"[\u3400-\u9fff]")
# The platform's own name keeps its characters in English.
NAME = "权衡"
GAP = re.compile(r"%\((\w+)\)|\{(\w*)\}|%([sd])")

Key = tuple[str | None, str]


def homes() -> list[Path]:
    """The folders that have a catalogue: every app, and the package itself for what lies outside all apps."""
    return [PACKAGE, *sorted(path.parent for path in PACKAGE.rglob("apps.py"))]


def extract(home: Path) -> Catalog:
    """Every text that ``home``'s Python files and templates ask a translation of."""
    catalog = Catalog(locale="en", charset="utf-8")
    inner = [other for other in homes() if other != home and home in other.parents]
    for path in sorted((*home.rglob("*.py"), *home.rglob("templates/**/*.html"), *home.rglob("templates/**/*.txt"))):
        if "tests" in path.parts or any(other in path.parents for other in inner):
            continue
        location = path.relative_to(PACKAGE).as_posix()
        for message, context in _texts(path):
            catalog.add(message, locations=[(location, 0)], context=context)
    return catalog


def _texts(path: Path) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        # Everything but the texts is blanked out; inside brackets no indentation matters to the tokenizer.
        source = f"(\n{templatize(source, origin=str(path))}\n)"
    for _line, function, found, _comments in extract_python(BytesIO(source.encode()), KEYWORDS, [], {}):
        texts = list(found) if isinstance(found, tuple | list) else [found]
        context = texts.pop(0) if "pgettext" in str(function) else None
        wanted = 2 if str(function).startswith("n") else 1
        # A text that is not written out (a variable) cannot be extracted: whoever made it marked it.
        if len(texts) >= wanted and all(isinstance(text, str) and text for text in texts[:wanted]):
            yield (texts[0] if wanted == 1 else (texts[0], texts[1])), context


def read(home: Path) -> Catalog:
    """The stored catalogue of ``home``; empty where there is none yet. Raises ValueError where it is malformed."""
    path = home / CATALOGUE
    if not path.exists():
        return Catalog(locale="en", charset="utf-8")
    try:
        with path.open("rb") as file:
            return read_po(file, locale="en", abort_invalid=True)
    except PoFileError as error:
        raise ValueError(f"{path}: {error}") from error


def _key(message: Message) -> Key:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _messages(catalog: Catalog) -> dict[Key, Message]:
    return {_key(message): message for message in catalog if message.id}


def update() -> list[Path]:
    """Bring every catalogue up to date: new texts in, dead ones out, translations kept. Returns what changed.

    A new text that another catalogue already translates takes that translation.
    """
    stored = {home: _messages(read(home)) for home in homes()}
    known = {key: message for messages in stored.values() for key, message in messages.items() if _done(message)}
    changed = []
    for home, messages in stored.items():
        catalog = extract(home)
        for key, message in _messages(catalog).items():
            for same in (messages.get(key), known.get(key)):
                if same and any(_forms(same)) and _shape(same) == _shape(message):
                    message.string = same.string
                    message.flags |= same.flags & {"fuzzy"}
                    break
        path = home / CATALOGUE
        text = _written(catalog)
        if not _messages(catalog):
            if path.exists():
                path.unlink()
                changed.append(path)
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _shape(message: Message) -> int:
    return 1 if isinstance(message.id, str) else len(message.id)


def _written(catalog: Catalog) -> str:
    buffer = BytesIO()
    write_po(buffer, catalog, width=110, omit_header=True, include_lineno=False, ignore_obsolete=True, sort_output=True)
    return HEADER + buffer.getvalue().decode().strip() + "\n"


def _forms(message: Message) -> tuple[str, ...]:
    string = message.string
    return (string or "",) if isinstance(string, str) or string is None else tuple(part or "" for part in string)


def _done(message: Message) -> bool:
    return all(_forms(message)) and "fuzzy" not in message.flags


def _gaps(text: str) -> set[str]:
    return {match[0] for match in GAP.finditer(text.replace("%%", ""))}


def _fault(message: Message) -> str:
    """What is wrong with one translation, or ""."""
    if not all(_forms(message)):
        return "has no English text"
    if "fuzzy" in message.flags:
        return "is marked fuzzy: confirm the English text and take the mark away"
    sources = (message.id,) if isinstance(message.id, str) else message.id
    allowed = set().union(*map(_gaps, sources))
    for form in _forms(message):
        if HAN.search(form.replace(NAME, "")):
            return f"still holds Chinese: {form}"
        if _gaps(form) - allowed or (len(sources) == 1 and _gaps(form) != allowed):
            return f"has other gaps to fill than its English text: {form}"
    return ""


def faults() -> list[str]:
    """Every text without a sound English one: the text, what is wrong, and where it is used."""
    found = []
    translated: dict[Key, tuple[tuple[str, ...], str]] = {}
    for home in homes():
        wanted, have = _messages(extract(home)), _messages(read(home))
        name = (home / CATALOGUE).relative_to(PACKAGE.parent).as_posix()
        for key, message in wanted.items():
            stored = have.pop(key, None)
            places = ", ".join(sorted({place for place, _line in message.locations}))
            if stored is None or _shape(stored) != _shape(message):
                found.append(f"{name}: {key[1]!r} is missing (used in {places})")
                continue
            if fault := _fault(stored):
                found.append(f"{name}: {key[1]!r} {fault} (used in {places})")
                continue
            # Django looks a text up in all catalogues at once: two answers would depend on the order of apps.
            forms, first = translated.setdefault(key, (_forms(stored), name))
            if forms != _forms(stored):
                found.append(f"{name}: {key[1]!r} is {forms[0]!r} in {first} but {_forms(stored)[0]!r} here")
        found += [f"{name}: {key[1]!r} is no longer used" for key in have]
    return found


def compile_catalogues() -> list[Path]:
    """Write django.mo beside every django.po, each put in place whole. Returns them."""
    written = []
    for source in sorted(PACKAGE.rglob("locale/*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        fresh = source.with_suffix(".mo.new")
        with fresh.open("wb") as file:
            write_mo(file, read(source.parents[3]))
        fresh.rename(target)
        written.append(target)
    return written


def main(arguments: Iterable[str]) -> int:
    """``./qh messages [--check]``; ``--compile`` is what the set-up calls."""
    parser = argparse.ArgumentParser(prog="./qh messages", description="The English catalogues.")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true", help="change nothing; fail on whatever lacks an English text")
    group.add_argument("--compile", action="store_true", help="only write the compiled catalogues")
    options = parser.parse_args(list(arguments))
    out = sys.stdout
    try:
        if not options.check and not options.compile:
            for path in update():
                out.write(f"changed {path.relative_to(PACKAGE.parent)}\n")
        if not options.check:
            compile_catalogues()
            if options.compile:
                return 0
        wrong = faults()
    except ValueError as error:
        out.write(f"{error}\n")
        return 1
    for line in wrong:
        out.write(line + "\n")
    out.write(f"{len(wrong)} texts want an English text or a mend.\n" if wrong else "The catalogues are complete.\n")
    return 1 if wrong and options.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
