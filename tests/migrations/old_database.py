"""A shop as a database of revision 0003 holds it: rows in every table there was, a value in every column.

Written out, as the models are of today. Moments are around NOON of the cast.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine, MetaData, text

from models.people.phone_numbers import phone_keys
from tests.world import ANA, BEN, CAI, NOON, SHOP_PHONE, minutes

REVISION = "0003"
TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)
LUIS_PHONE = "+15550107001"
LONG_AGO = NOON - timedelta(days=30)
COUNT_ON = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"
Row = dict[str, Any]


def fill(engine: Engine) -> dict[str, list[Row]]:
    """Put the shop into an engine's database of that revision; gives its rows as they are read back."""
    metadata = MetaData()
    metadata.reflect(engine)
    tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
    with engine.begin() as connection:
        for table in tables:
            for row in SHOP()[table.name]:
                connection.execute(table.insert().values(_fitting(row, engine)))
            if engine.dialect.name == "postgresql" and "id" in table.columns and table.name != "presses":
                connection.execute(text(COUNT_ON.format(table.name)))
    return {table.name: rows_in(engine, table.name) for table in tables}


def rows_in(engine: Engine, name: str) -> list[Row]:
    metadata = MetaData()
    metadata.reflect(engine, only=[name])
    table = metadata.tables[name]
    with engine.connect() as connection:
        return [
            dict(row) for row in connection.execute(table.select().order_by(*table.primary_key)).mappings()
        ]


def _fitting(row: Row, engine: Engine) -> Row:
    if engine.dialect.name != "sqlite":
        return row
    return {name: v.replace(tzinfo=None) if isinstance(v, datetime) else v for name, v in row.items()}


def _customer(number: int, phone: str, **more: Any) -> Row:
    kept = {"phone_ciphertext": phone_keys().encrypt(phone), "phone_hash": phone_keys().hash(phone)}
    return {"id": number, "business_id": 1, "created_at": LONG_AGO, **kept, **more}


def _servicer(number: int, name: str, role: str, **more: Any) -> Row:
    return {
        "id": number,
        "business_id": 1,
        "email": f"{name.lower()}@example.com",
        "name": name,
        "role": role,
        "password_hash": "!",
        "session_key": f"session key of {name}",
        "wants_join_texts": False,
        "calls_next_when_done": True,
        "created_at": LONG_AGO,
        **more,
    }


def _queue(number: int, keyword: str, name: str, **more: Any) -> Row:
    return {
        "id": number,
        "business_id": 1,
        "keyword": keyword,
        "name": name,
        "state": "open",
        "alert_ahead": 2,
        "later_by": 3,
        "later_cap": 3,
        "put_back_behind": 2,
        "reminder_minutes": 2,
        "no_show_minutes": 5,
        "marks_no_shows": False,
        "minutes_per_customer": 10.0,
        "asks_for_rating": True,
        "stays_open_overnight": False,
        "last_number": 0,
        "last_position": 0,
        "revision": 5,
        "created_at": LONG_AGO,
        **more,
    }


def _ticket(ticket_id: int, queue_id: int, customer_id: int, state: str, **more: Any) -> Row:
    return {
        "id": ticket_id,
        "token": f"token-of-{ticket_id}",
        "queue_id": queue_id,
        "day": TODAY,
        "number": ticket_id,
        "customer_id": customer_id,
        "our_number_id": 1,
        "party": 1,
        "source": "text",
        "state": state,
        "position": ticket_id * 1_000_000,
        "joined_at": NOON - minutes(40 - ticket_id),
        "others_let_first": 0,
        **more,
    }


def _event(
    number: int, ticket_id: int | None, kind: str, at: datetime, actor: str = "customer", **more: Any
) -> Row:
    return {
        "id": number,
        "queue_id": 1,
        "ticket_id": ticket_id,
        "kind": kind,
        "at": at,
        "actor": actor,
        **more,
    }


def _text(number: int, kind: str, state: str, **more: Any) -> Row:
    return {
        "id": number,
        "reference": f"reference{number}",
        "key": f"{number}:{kind}",
        "our_number_id": 1,
        "kind": kind,
        "facts": {
            "number": 1,
            "queue": "Haircuts",
            "business": "Barber Lopes",
            "desk": "Chair 1",
            "token": "t",
            "note": "Back at two.",
        },
        "language": "en",
        "priority": 0,
        "state": state,
        "created_at": NOON - minutes(30),
        "send_after": NOON - minutes(30),
        "attempts": 1,
        **more,
    }


def SHOP() -> dict[str, list[Row]]:  # noqa: N802
    return {
        "businesses": [
            {
                "id": 1,
                "name": "Barber Lopes",
                "timezone": "Europe/Lisbon",
                "day_start_hour": 4,
                "language": "en",
                "carrier_answers_help": True,
                "created_at": LONG_AGO,
                "summary_hour": 20,
                "summarized_day": YESTERDAY,
            }
        ],
        "clocks": [{"name": "host:1", "started_at": LONG_AGO, "seen_at": NOON - minutes(1)}],
        "our_numbers": [
            {
                "id": 1,
                "business_id": 1,
                "phone": SHOP_PHONE,
                "created_at": LONG_AGO,
                "next_text_after": NOON - minutes(1),
                "read_until": NOON - minutes(2),
            },
            {
                "id": 2,
                "business_id": 1,
                "phone": "+15550100009",
                "created_at": LONG_AGO,
                "failures": 4,
                "held_at": NOON - minutes(5),
                "held_kind": "our_configuration",
                "held_reason": "the carrier refuses our account (error 20003)",
                "held_by_report": True,
                "probe_after": NOON + minutes(5),
                "probes": 3,
            },
        ],
        "customers": [
            _customer(1, ANA, language="es", welcomed_at=LONG_AGO, text_failed_at=NOON - minutes(3)),
            _customer(2, BEN, unreachable_at=NOON - minutes(9)),
            _customer(3, CAI, welcomed_at=LONG_AGO),
            {"id": 4, "business_id": 1, "created_at": LONG_AGO},  # a walk-in without a phone
        ],
        "queues": [
            _queue(
                1,
                "CET236",
                "Haircuts",
                capacity=40,
                backup_above=8,
                numbered_day=TODAY,
                last_number=5,
                last_position=5_000_000,
                hours_kept_at=NOON - minutes(10),
            ),
            _queue(2, "COLOUR", "Colouring", state="paused", pause_reason="Back at two"),
        ],
        "servicers": [
            _servicer(1, "Rosa", "manager", wants_summary_texts=True),
            _servicer(
                2,
                "Luis",
                "servicer",
                wants_join_texts=True,
                gets_summary=False,
                phone_ciphertext=phone_keys().encrypt(LUIS_PHONE),
                phone_hash=phone_keys().hash(LUIS_PHONE),
                unreachable_at=NOON - minutes(7),
            ),
        ],
        "desks": [{"id": 1, "queue_id": 1, "name": "Chair 1"}],
        "duties": [
            {
                "id": 1,
                "queue_id": 1,
                "servicer_id": 1,
                "desk_id": 1,
                "began_at": NOON - minutes(60),
                "last_press_at": NOON - minutes(2),
            },
            {
                "id": 2,
                "queue_id": 1,
                "servicer_id": 2,
                "began_at": NOON - minutes(90),
                "last_press_at": NOON - minutes(60),
                "ended_at": NOON - minutes(60),
            },
        ],
        "holidays": [{"business_id": 1, "day": date(2026, 12, 25), "name": "Christmas"}],
        "opening_hours": [
            {"queue_id": 1, "weekday": 1, "opens_at": time(9), "closes_at": time(18)},
        ],
        "opt_outs": [{"phone_hash": phone_keys().hash(CAI), "our_number_id": 2, "opted_out_at": LONG_AGO}],
        "tickets": [
            _ticket(
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
            _ticket(
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
            _ticket(3, 1, 3, "waiting", name="Cai", party=3, later_others=2, later_until=NOON + minutes(4)),
            _ticket(4, 1, 4, "waiting", our_number_id=None, source="desk"),
            _ticket(6, 2, 2, "waiting", number=1, position=1_000_000),
            _ticket(5, 1, 1, "removed", ended_at=NOON - minutes(5), reason="transferred", moved_to_id=6),
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
            _event(1, None, "duty_began", NOON - minutes(60), "servicer", servicer_id=1),
            *(
                _event(1 + n, n, "joined", NOON - minutes(40 - n), facts={"source": "text", "ahead": n - 1})
                for n in (1, 2, 3, 4, 5)
            ),
            _event(
                7, 1, "called", NOON - minutes(30), "servicer", servicer_id=1, before={"state": "waiting"}
            ),
            _event(8, 1, "started", NOON - minutes(28), "servicer", servicer_id=1),
            _event(9, 1, "served", NOON - minutes(10), "servicer", servicer_id=1),
            _event(
                10,
                2,
                "called",
                NOON - minutes(2),
                "servicer",
                servicer_id=1,
                press_id="press-1",
                before={"state": "waiting"},
            ),
            _event(11, None, "turned_away", NOON - minutes(20), facts={"reason": "full"}),
            _event(12, None, "paused", NOON - minutes(50), "servicer", servicer_id=1, press_id="press-0"),
            _event(13, None, "undone", NOON - minutes(49), "servicer", servicer_id=1, undoes_id=12),
            _event(14, 5, "removed", NOON - minutes(5), "servicer", servicer_id=1),
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
            _text(
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
            _text(
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
            _text(
                3,
                "daily_summary",
                "expired",
                servicer_id=1,
                expires_at=NOON - minutes(1),
                obsolete_at=NOON - minutes(2),
            ),
            _text(4, "nearly_up", "failed", customer_id=3, failed_at=NOON - minutes(1), error_code=30008),
            _text(5, "announcement", "waiting", customer_id=3, attempts=0, expires_at=NOON + minutes(30)),
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
        "queue_days": [
            {"queue_id": 1, "day": YESTERDAY, "figures": {"joined": 3}, "computed_at": NOON, "is_final": True}
        ],
        "queue_waits": [
            {
                "queue_id": 1,
                "computed_at": NOON,
                "last_event_id": 14,
                "state": "ok",
                "curve": [[1, 0, 5], [11, 5, 20]],
            }
        ],
        "summary_mails": [
            {
                "business_id": 1,
                "day": YESTERDAY,
                "servicer_id": 1,
                "facts": {"joined": 3},
                "state": "sent",
                "created_at": NOON,
                "send_after": NOON,
                "expires_at": NOON + minutes(9),
                "attempts": 2,
                "lease_until": NOON + minutes(1),
                "handed_over_at": NOON,
                "sent_at": NOON,
                "error": "421 later",
            }
        ],
    }
