"""Every write of the stations app: one function for one act."""

from quanheng.domains.stations.services.behalf import ask_mandate, end_mandate, give_mandate, plan_for, state_need_for
from quanheng.domains.stations.services.contests import (
    accept_record,
    ask_ruling,
    contest_visit,
    correct_contested,
    lapse_contest,
    rule_kept,
    rule_struck,
    stand_by_record,
    strike_contested,
    withdraw_contest,
)
from quanheng.domains.stations.services.keeping import (
    change_station,
    close_station,
    load_stations,
    register_station,
    reopen_station,
)
from quanheng.domains.stations.services.releases import release_due, release_outcomes
from quanheng.domains.stations.services.staffing import assign_staff, end_staff
from quanheng.domains.stations.services.visits import (
    answer_visit,
    close_visit,
    correct_visit,
    identify_visitor,
    rate_visit,
    record_visit,
)
from quanheng.domains.stations.services.zones import (
    admit_member,
    ask_to_join,
    change_zone,
    invite_to_zone,
    join_zone,
    part_from_zone,
    register_zone,
    settle_consent,
)

__all__ = [
    "accept_record",
    "admit_member",
    "answer_visit",
    "ask_mandate",
    "ask_ruling",
    "ask_to_join",
    "assign_staff",
    "change_station",
    "change_zone",
    "close_station",
    "close_visit",
    "contest_visit",
    "correct_contested",
    "correct_visit",
    "end_mandate",
    "end_staff",
    "give_mandate",
    "identify_visitor",
    "invite_to_zone",
    "join_zone",
    "lapse_contest",
    "load_stations",
    "part_from_zone",
    "plan_for",
    "rate_visit",
    "record_visit",
    "register_station",
    "register_zone",
    "release_due",
    "release_outcomes",
    "reopen_station",
    "rule_kept",
    "rule_struck",
    "settle_consent",
    "stand_by_record",
    "state_need_for",
    "strike_contested",
    "withdraw_contest",
]
