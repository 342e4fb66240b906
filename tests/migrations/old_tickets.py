"""Tickets, presses, events and texts of the shop as a database of revision 0003 holds them."""

from tests.migrations.old_rows import Row, event_row, text_row, ticket_row
from tests.world import ANA, NOON, SHOP_PHONE, minutes


def tickets_and_texts() -> dict[str, list[Row]]:
    return {
        "tickets": [
            ticket_row(
                1,
                1,
                1,
                "served",
                name="Ana",
                called_at=NOON - minutes(30),
                started_at=NOON - minutes(28),
                ended_at=NOON - minutes(10),
                servicer_id=1,
                desk_id=1,
                arrived_at=NOON - minutes(31),
                alerted_at=NOON - minutes(35),
                promised_low=5,
                promised_high=15,
                rating=5,
                others_let_first=1,
            ),
            ticket_row(
                2,
                1,
                2,
                "called",
                called_at=NOON - minutes(2),
                servicer_id=1,
                remind_after=NOON,
                no_show_after=NOON + minutes(3),
                not_here_at=NOON - minutes(1),
                lead_minutes=15,
            ),
            ticket_row(
                3, 1, 3, "waiting", name="Cai", party=3, later_others=2, later_until=NOON + minutes(4)
            ),
            ticket_row(4, 1, 4, "waiting", our_number_id=None, source="desk"),
            ticket_row(6, 2, 2, "waiting", number=1, position=1_000_000),
            ticket_row(5, 1, 1, "removed", ended_at=NOON - minutes(5), reason="transferred", moved_to_id=6),
        ],
        "presses": [
            {
                "id": "press-1",
                "queue_id": 1,
                "servicer_id": 1,
                "button": "call_next",
                "pressed_at": NOON - minutes(2),
            },
            {
                "id": "press-0",
                "queue_id": 1,
                "servicer_id": 1,
                "button": "pause",
                "pressed_at": NOON - minutes(50),
                "undone_at": NOON - minutes(49),
            },
        ],
        "events": [
            event_row(1, None, "duty_began", NOON - minutes(60), "servicer", servicer_id=1),
            *(
                event_row(
                    1 + n, n, "joined", NOON - minutes(40 - n), facts={"source": "text", "ahead": n - 1}
                )
                for n in (1, 2, 3, 4, 5)
            ),
            event_row(
                7, 1, "called", NOON - minutes(30), "servicer", servicer_id=1, before={"state": "waiting"}
            ),
            event_row(8, 1, "started", NOON - minutes(28), "servicer", servicer_id=1),
            event_row(9, 1, "served", NOON - minutes(10), "servicer", servicer_id=1),
            event_row(
                10,
                2,
                "called",
                NOON - minutes(2),
                "servicer",
                servicer_id=1,
                press_id="press-1",
                before={"state": "waiting"},
            ),
            event_row(11, None, "turned_away", NOON - minutes(20), facts={"reason": "full"}),
            event_row(12, None, "paused", NOON - minutes(50), "servicer", servicer_id=1, press_id="press-0"),
            event_row(13, None, "undone", NOON - minutes(49), "servicer", servicer_id=1, undoes_id=12),
            event_row(14, 5, "removed", NOON - minutes(5), "servicer", servicer_id=1),
        ],
        "inbound_messages": [
            {
                "id": 1,
                "sid": "SM" + "1" * 32,
                "our_number_id": 1,
                "customer_id": 1,
                "queue_id": 1,
                "body": "CET236 Ana",
                "received_at": NOON - minutes(39),
                "reply_kind": "joined",
                "reply": "You are number 1.",
                "late": False,
                "reply_state": "failed",
                "reply_error_code": 30008,
                "reply_settle_after": NOON + minutes(1),
                "reply_absent_at": NOON - minutes(1),
                "reply_lookups": 2,
            }
        ],
        "outbound_messages": [
            text_row(
                1,
                "your_turn",
                "delivered",
                customer_id=1,
                queue_id=1,
                ticket_id=1,
                event_id=7,
                body="It's your turn, number 1.",
                segments=1,
                carrier_sid="SM1",
                claimed_at=NOON - minutes(30),
                claimed_by="a clock",
                accepted_at=NOON - minutes(30),
                sent_at=NOON - minutes(30),
                delivered_at=NOON - minutes(29),
            ),
            text_row(
                2,
                "your_turn",
                "unknown",
                customer_id=2,
                queue_id=1,
                ticket_id=2,
                event_id=10,
                lease_until=NOON + minutes(1),
                settle_after=NOON + minutes(1),
                absent_at=NOON - minutes(1),
                lookups=1,
                error="no answer in time",
            ),
            text_row(
                3,
                "daily_summary",
                "expired",
                servicer_id=1,
                expires_at=NOON - minutes(1),
                obsolete_at=NOON - minutes(2),
            ),
            text_row(4, "nearly_up", "failed", customer_id=3, failed_at=NOON - minutes(1), error_code=30008),
            text_row(5, "announcement", "waiting", customer_id=3, attempts=0, expires_at=NOON + minutes(30)),
        ],
        "pretend_texts": [
            {
                "id": 1,
                "phone": ANA,
                "our_number": SHOP_PHONE,
                "from_phone": True,
                "body": "CET236 Ana",
                "sid": "SM1",
                "at": NOON - minutes(39),
            }
        ],
    }
