"""A shop as a database of revision 0003 holds it: its people, queues and settings, and its counts."""

from datetime import date, time

from models.people.phone_numbers import phone_keys
from tests.migrations.old_rows import (
    LONG_AGO,
    LUIS_PHONE,
    TODAY,
    YESTERDAY,
    Row,
    customer_row,
    queue_row,
    servicer_row,
)
from tests.world import ANA, BEN, CAI, NOON, SHOP_PHONE, minutes


def shop() -> dict[str, list[Row]]:
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
            customer_row(1, ANA, language="es", welcomed_at=LONG_AGO, text_failed_at=NOON - minutes(3)),
            customer_row(2, BEN, unreachable_at=NOON - minutes(9)),
            customer_row(3, CAI, welcomed_at=LONG_AGO),
            {"id": 4, "business_id": 1, "created_at": LONG_AGO},  # a walk-in without a phone
        ],
        "queues": [
            queue_row(
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
            queue_row(2, "COLOUR", "Colouring", state="paused", pause_reason="Back at two"),
        ],
        "servicers": [
            servicer_row(1, "Rosa", "manager", wants_summary_texts=True),
            servicer_row(
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
