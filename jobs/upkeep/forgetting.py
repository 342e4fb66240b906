"""Forgets customers some days after their last visit; the business sets how many."""

from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.row_by_row import RowByRow
from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.privacy.forgetting import due_to_be_forgotten, forget
from models.storage.database import reading

log = structlog.get_logger(__name__)

AT_A_TIME = 200


class Forgetting:
    def __init__(self) -> None:
        self._rows = RowByRow("forgetting")

    def run(self, now: datetime) -> None:
        with reading() as session:
            businesses = session.scalars(select(Business).order_by(Business.id)).all()
        for business in businesses:
            with reading() as session:
                due = due_to_be_forgotten(session, business, now, AT_A_TIME)
            self._rows.commit_each(due, partial(_forget, now=now), now)
            if due:
                log.info("customers forgotten", business=business.id, count=len(due))


def _forget(session: Session, customer_id: int, now: datetime) -> None:
    customer = session.get(Customer, customer_id)
    if customer is not None and customer.forgotten_at is None:
        forget(session, customer, by=By.clock(), now=now)
