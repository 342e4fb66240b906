"""Texts that come while the first of them waits for the queue are answered with one commit."""

import re
import threading
from collections import Counter

from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.incoming import HandledText, UnroutedText
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from tests.one_database import on_both
from tests.webhooks.conftest import Carrier
from tests.world import SHOP_PHONE, phone
from webhooks.sms import group_commit

pytestmark = on_both  # threads meet, or other processes


def test_they_share_it_with_the_first(carrier: Carrier, queue: Queue, db: Database) -> None:
    together, answers = group_commit(carrier.settings), dict[str, HandledText | None]()
    is_held, may_end, committed = threading.Event(), threading.Event(), Counter[str]()

    def hold(session: Session) -> None:
        Queue.lock(session, queue.id)
        is_held.set()
        assert may_end.wait(20)

    def text(index: int) -> None:
        answers[phone(index)] = together(UnroutedText(f"SM{index}", SHOP_PHONE, phone(index), "CET236"))

    holder = threading.Thread(target=transaction, args=(hold,))
    texts = [threading.Thread(target=text, args=(index,)) for index in range(4)]
    holder.start()
    assert is_held.wait(20)
    for each in texts:
        each.start()
    while [each.leads for line in together._waiting.values() for each in line] != [False] * 3:
        threading.Event().wait(0.001)
    event.listen(db.engine, "commit", count := lambda _: committed.update(["all"]))
    try:
        may_end.set()
        for each in (holder, *texts):
            each.join(20)
    finally:
        event.remove(db.engine, "commit", count)
    assert committed["all"] == 2  # the holder's, and theirs
    told = " ".join(str(answer and answer.reply) for answer in answers.values())
    assert sorted(re.findall(r"number (\d)", told)) == ["1", "2", "3", "4"]
