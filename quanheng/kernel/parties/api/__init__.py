"""Organisations, people, groups and ways in over the API."""

from ninja import Router

from quanheng.kernel.parties.api.access import router as access
from quanheng.kernel.parties.api.groups import router as groups
from quanheng.kernel.parties.api.mergers import router as mergers
from quanheng.kernel.parties.api.organisations import router as organisations
from quanheng.kernel.parties.api.people import router as people

router = Router()
for part in (access, organisations, mergers, people, groups):
    router.add_router("", part)
