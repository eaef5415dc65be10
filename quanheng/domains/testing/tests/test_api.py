"""What the lists of orders cost over the API."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quanheng.domains.testing.models import Order
from quanheng.kernel.parties.models import Membership, Person
from quanheng.kernel.parties.roles import Role
from tests.orderbook import open_book

pytestmark = pytest.mark.django_db


def test_a_list_of_orders_names_their_reports_without_reading_them() -> None:
    book = open_book()
    person = Person.objects.get(pk=book.buyer.person_id)
    Membership.objects.create(person=person, organisation=book.client, role=Role.MEMBER)
    client = Client()
    client.force_login(person, backend="quanheng.kernel.parties.adapter.Backend")
    costs = []
    for _ in range(2):
        reported = book.bring(book.order(), "issued")
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/api/v1/orders/").json()
        assert page["items"][0]["report"] == Order.objects.get(pk=reported.pk).attestation.uid
        assert not [query["sql"] for query in asked.captured_queries if '"document"' in query["sql"]]
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 6
