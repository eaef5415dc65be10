"""Every write of the stations app: one function for one act."""

from quanheng.domains.stations.services.behalf import ask_mandate, end_mandate, give_mandate, plan_for, state_need_for
from quanheng.domains.stations.services.keeping import (
    change_station,
    close_station,
    load_stations,
    register_station,
    reopen_station,
)
from quanheng.domains.stations.services.staffing import assign_staff, end_staff
from quanheng.domains.stations.services.visits import (
    answer_visit,
    close_visit,
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
    "admit_member",
    "answer_visit",
    "ask_mandate",
    "ask_to_join",
    "assign_staff",
    "change_station",
    "change_zone",
    "close_station",
    "close_visit",
    "end_mandate",
    "end_staff",
    "give_mandate",
    "identify_visitor",
    "invite_to_zone",
    "join_zone",
    "load_stations",
    "part_from_zone",
    "plan_for",
    "rate_visit",
    "record_visit",
    "register_station",
    "register_zone",
    "reopen_station",
    "settle_consent",
    "state_need_for",
]
