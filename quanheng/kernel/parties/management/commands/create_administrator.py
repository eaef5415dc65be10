"""The first administrator of a new deployment: of the regulator that its region pack names."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Refusal, in_language
from quanheng.kernel.parties import services
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind
from quanheng.kernel.region.queries import region_by_code


class Command(BaseCommand):
    """Registers the regulator where it is missing and appoints its first administrator."""

    help = "Make the first administrator of a new deployment; everybody else is registered by administrators."

    def add_arguments(self, parser: ArgumentParser) -> None:
        pack = settings.PACK["deployment"]
        parser.add_argument("--uscc", required=True, help="unified social credit code of the regulator")
        parser.add_argument("--organisation", default=pack["regulator_zh"], help="its name in Chinese")
        parser.add_argument("--organisation-en", default=pack["regulator_en"], help="its name in English")
        parser.add_argument("--region", default=pack["region"], help="GB/T 2260 code that it oversees")
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", required=True, help="name of the person in Chinese")
        parser.add_argument("--email", default="", help="where the link to set a password is sent")
        parser.add_argument("--ask-password", action="store_true", help="ask for a password instead")

    def handle(self, *args: Any, **options: Any) -> None:
        password = getpass.getpass("Password: ") if options["ask_password"] else ""
        try:
            with transaction.atomic():
                organisation = self._regulator(options)
                person = services.appoint_administrator(
                    Actor.platform(),
                    organisation,
                    username=options["username"],
                    name_zh=options["name"],
                    email=options["email"],
                    password=password,
                )
        except Refusal as refusal:
            lines = [in_language(refusal.message, "en")]
            lines += [f"  {error.field}: {in_language(error.message, 'en')}" for error in refusal.errors]
            raise CommandError("\n".join(lines)) from refusal
        self.stdout.write(f"{person.username} is administrator of {organisation.name_zh} ({organisation.uscc}).")
        if not password:
            self.stdout.write(f"A link to set the password is on its way to {person.email}.")

    def _regulator(self, options: dict[str, Any]) -> Organisation:
        region = region_by_code(options["region"])
        known = Organisation.objects.filter(uscc=options["uscc"], kind=OrganisationKind.REGULATOR).first()
        return known or services.register_organisation(
            Actor.platform(),
            region,
            uscc=options["uscc"],
            name_zh=options["organisation"],
            name_en=options["organisation_en"],
            kind=OrganisationKind.REGULATOR,
        )
