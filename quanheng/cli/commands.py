"""The commands of ./qh, and what each needs before it can run. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command: the module whose ``main(arguments) -> exit status`` does it."""

    name: str
    module: str
    usage: str
    help: str
    # Tools for developers (pytest, browsers, PostgreSQL) beside the packages of a deployment.
    developer: bool = False
    # Front-end packages, fonts and catalogues: whatever shows pages or sets documents.
    pages: bool = True


COMMANDS = {
    command.name: command
    for command in (
        Command(
            "serve",
            "quanheng.cli.serve",
            "[--port N] [--host A] [--empty] [--scale S] [--database URL] [--home DIR] [--workers N]",
            "prepare and run the platform: web server and background worker",
        ),
        Command(
            "test",
            "quanheng.cli.test",
            "[pytest arguments]",
            "every test, on SQLite and on PostgreSQL",
            developer=True,
        ),
        Command("tour", "quanheng.cli.tour", "NAME [--json] [--url URL]", "tell a journey step by step"),
        Command(
            "verify",
            "quanheng.cli.verify",
            "FILE…",
            "check attestations without a database",
            pages=False,
        ),
        Command(
            "need",
            "quanheng.cli.need",
            "TEXT [--json] [--lang en]",
            "what a need in your own words means and what follows from it",
            pages=False,
        ),
        Command(
            "calc",
            "quanheng.cli.calc",
            "TASK INPUT.json | --list | --schema TASK",
            "a calculation of quality infrastructure, JSON in and out",
            pages=False,
        ),
        Command(
            "import",
            "quanheng.cli.imports",
            "KIND FILE [--organisation CODE]",
            "read a file of records into the registers",
        ),
        Command(
            "bench",
            "quanheng.cli.bench",
            "[NAME] [--json]",
            "measure, and compare with the promised figures",
            developer=True,
        ),
        Command("audit", "quanheng.cli.audit", "verify", "prove the audit trail, or name the first changed entry"),
        Command(
            "log",
            "quanheng.cli.log",
            "show | prove NUMBER | audit [--checkpoint FILE] | mirror DIR [--from URL|DIR --key VKEY]",
            "the transparency log: its state, proofs, an audit, a copy",
            pages=False,
        ),
        Command(
            "messages",
            "quanheng.messages",
            "[--check]",
            "bring the English catalogues up to date",
            pages=False,
        ),
        Command("manage", "quanheng.cli.manage", "COMMAND …", "Django's own commands"),
    )
}


def overview() -> str:
    """What ./qh help prints."""
    lines = ["Usage: ./qh COMMAND …", ""]
    for command in COMMANDS.values():
        lines.append(f"  {command.name:<9}{command.help}")
        lines.append(f"  {'':<9}./qh {command.name} {command.usage}")
    return "\n".join(lines)
