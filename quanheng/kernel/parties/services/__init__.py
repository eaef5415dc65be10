"""Every write of the parties app: one function for one act."""

from quanheng.kernel.parties.services.access import (
    issue_token,
    revoke_token,
    send_password_link,
    unlock_account,
)
from quanheng.kernel.parties.services.addresses import send_link, verify_address
from quanheng.kernel.parties.services.groups import (
    create_group,
    invite_to_group,
    join_group,
    leave_group,
    remove_from_group,
)
from quanheng.kernel.parties.services.loading import load_organisations, load_people
from quanheng.kernel.parties.services.mergers import dismiss_pair, merge_organisation, undo_merger
from quanheng.kernel.parties.services.names import add_name, drop_name
from quanheng.kernel.parties.services.organisations import (
    change_organisation,
    correct_registration,
    register_organisation,
)
from quanheng.kernel.parties.services.people import appoint_administrator, change_profile, register_person
from quanheng.kernel.parties.services.posts import (
    authorise_signatory,
    end_role,
    grant_role,
    withdraw_signatory_field,
)

__all__ = [
    "add_name",
    "appoint_administrator",
    "authorise_signatory",
    "change_organisation",
    "change_profile",
    "correct_registration",
    "create_group",
    "dismiss_pair",
    "drop_name",
    "end_role",
    "grant_role",
    "invite_to_group",
    "issue_token",
    "join_group",
    "leave_group",
    "load_organisations",
    "load_people",
    "merge_organisation",
    "register_organisation",
    "register_person",
    "remove_from_group",
    "revoke_token",
    "send_link",
    "send_password_link",
    "undo_merger",
    "unlock_account",
    "verify_address",
    "withdraw_signatory_field",
]
