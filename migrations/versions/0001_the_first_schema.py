"""The first schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "businesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("day_start_hour", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("carrier_answers_help", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("day_start_hour BETWEEN 0 AND 23", name=op.f("ck_businesses_day_start_hour")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_businesses")),
    )
    op.create_table(
        "clocks",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clocks")),
    )
    op.create_table(
        "pretend_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("our_number", sa.String(length=20), nullable=False),
        sa.Column("from_phone", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pretend_texts")),
    )
    op.create_index("ix_pretend_texts_phone_id", "pretend_texts", ["phone", "id"], unique=False)
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("phone_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("welcomed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_customers_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("business_id", "phone_hash", name=op.f("uq_customers_business_id_phone_hash")),
    )
    op.create_index(op.f("ix_customers_phone_hash"), "customers", ["phone_hash"], unique=False)
    op.create_table(
        "holidays",
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_holidays_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("business_id", "day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "our_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("next_text_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_our_numbers_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_our_numbers")),
        sa.UniqueConstraint("phone", name=op.f("uq_our_numbers_phone")),
    )
    op.create_index(op.f("ix_our_numbers_business_id"), "our_numbers", ["business_id"], unique=False)
    op.create_table(
        "queues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("keyword", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("pause_reason", sa.String(length=80), nullable=True),
        sa.Column("alert_ahead", sa.Integer(), nullable=False),
        sa.Column("later_by", sa.Integer(), nullable=False),
        sa.Column("later_cap", sa.Integer(), nullable=False),
        sa.Column("put_back_behind", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("backup_above", sa.Integer(), nullable=True),
        sa.Column("reminder_minutes", sa.Integer(), nullable=False),
        sa.Column("no_show_minutes", sa.Integer(), nullable=False),
        sa.Column("marks_no_shows", sa.Boolean(), nullable=False),
        sa.Column("minutes_per_customer", sa.Double(), nullable=False),
        sa.Column("asks_for_rating", sa.Boolean(), nullable=False),
        sa.Column("stays_open_overnight", sa.Boolean(), nullable=False),
        sa.Column("numbered_day", sa.Date(), nullable=True),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("alert_ahead BETWEEN 0 AND 99", name=op.f("ck_queues_alert_ahead")),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name=op.f("ck_queues_capacity")),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_queues_last_number")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_queues_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queues")),
        sa.UniqueConstraint("keyword", name=op.f("uq_queues_keyword")),
    )
    op.create_index(op.f("ix_queues_business_id"), "queues", ["business_id"], unique=False)
    op.create_table(
        "servicers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("session_key", sa.String(length=32), nullable=False),
        sa.Column("wants_join_texts", sa.Boolean(), nullable=False),
        sa.Column("calls_next_when_done", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phone_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_servicers_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servicers")),
        sa.UniqueConstraint("email", name=op.f("uq_servicers_email")),
    )
    op.create_index(op.f("ix_servicers_business_id"), "servicers", ["business_id"], unique=False)
    op.create_index(op.f("ix_servicers_phone_hash"), "servicers", ["phone_hash"], unique=False)
    op.create_table(
        "desks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_desks_queue_id_queues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desks")),
        sa.UniqueConstraint("queue_id", "name", name=op.f("uq_desks_queue_id_name")),
    )
    op.create_table(
        "inbound_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("our_number_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("queue_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply_kind", sa.String(length=30), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_inbound_messages_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["our_number_id"], ["our_numbers.id"], name=op.f("fk_inbound_messages_our_number_id_our_numbers")
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_inbound_messages_queue_id_queues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_messages")),
        sa.UniqueConstraint("sid", name=op.f("uq_inbound_messages_sid")),
    )
    op.create_index(
        "ix_inbound_messages_customer_id_id", "inbound_messages", ["customer_id", "id"], unique=False
    )
    op.create_table(
        "opening_hours",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opens_at", sa.Time(), nullable=False),
        sa.Column("closes_at", sa.Time(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_opening_hours_weekday")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_opening_hours_queue_id_queues")),
        sa.PrimaryKeyConstraint("queue_id", "weekday", name=op.f("pk_opening_hours")),
    )
    op.create_table(
        "opt_outs",
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("our_number_id", sa.Integer(), nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["our_number_id"], ["our_numbers.id"], name=op.f("fk_opt_outs_our_number_id_our_numbers")
        ),
        sa.PrimaryKeyConstraint("phone_hash", "our_number_id", name=op.f("pk_opt_outs")),
    )
    op.create_table(
        "presses",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("servicer_id", sa.Integer(), nullable=False),
        sa.Column("button", sa.String(length=20), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_presses_queue_id_queues")),
        sa.ForeignKeyConstraint(
            ["servicer_id"], ["servicers.id"], name=op.f("fk_presses_servicer_id_servicers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presses")),
    )
    op.create_index("ix_presses_last", "presses", ["queue_id", "servicer_id", "pressed_at"], unique=False)
    op.create_table(
        "queue_waits",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "curve",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_queue_waits_queue_id_queues")),
        sa.PrimaryKeyConstraint("queue_id", name=op.f("pk_queue_waits")),
    )
    op.create_table(
        "duties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("servicer_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_press_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= began_at", name=op.f("ck_duties_ends_after_it_began")
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_duties_desk_id_desks")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_duties_queue_id_queues")),
        sa.ForeignKeyConstraint(
            ["servicer_id"], ["servicers.id"], name=op.f("fk_duties_servicer_id_servicers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    op.create_index(
        "uq_duties_open",
        "duties",
        ["queue_id", "servicer_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("our_number_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=True),
        sa.Column("party", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("servicer_id", sa.Integer(), nullable=True),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("lead_minutes", sa.Integer(), nullable=True),
        sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("no_show_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_here_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("promised_low", sa.Integer(), nullable=True),
        sa.Column("promised_high", sa.Integer(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("later_others", sa.Integer(), nullable=True),
        sa.Column("later_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("others_let_first", sa.Integer(), nullable=False),
        sa.Column("moved_to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('waiting', 'called', 'serving'))",
            name=op.f("ck_tickets_ended_when_over"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('called', 'serving') OR (called_at IS NOT NULL AND servicer_id IS NOT NULL)",
            name=op.f("ck_tickets_present_is_called"),
        ),
        sa.CheckConstraint(
            "called_at IS NULL OR called_at >= joined_at", name=op.f("ck_tickets_called_after_joined")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= joined_at", name=op.f("ck_tickets_ended_after_joined")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_tickets_number")),
        sa.CheckConstraint("party BETWEEN 1 AND 99", name=op.f("ck_tickets_party")),
        sa.CheckConstraint(
            "started_at IS NULL OR (called_at IS NOT NULL AND started_at >= called_at)",
            name=op.f("ck_tickets_started_after_called"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_tickets_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_tickets_desk_id_desks")),
        sa.ForeignKeyConstraint(["moved_to_id"], ["tickets.id"], name=op.f("fk_tickets_moved_to_id_tickets")),
        sa.ForeignKeyConstraint(
            ["our_number_id"], ["our_numbers.id"], name=op.f("fk_tickets_our_number_id_our_numbers")
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_tickets_queue_id_queues")),
        sa.ForeignKeyConstraint(
            ["servicer_id"], ["servicers.id"], name=op.f("fk_tickets_servicer_id_servicers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("queue_id", "day", "number", name=op.f("uq_tickets_queue_id_day_number")),
        sa.UniqueConstraint("token", name=op.f("uq_tickets_token")),
    )
    op.create_index("ix_tickets_customer_id_id", "tickets", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_tickets_no_show_after",
        "tickets",
        ["no_show_after"],
        unique=False,
        sqlite_where=sa.text("no_show_after IS NOT NULL"),
        postgresql_where=sa.text("no_show_after IS NOT NULL"),
    )
    op.create_index(
        "ix_tickets_remind_after",
        "tickets",
        ["remind_after"],
        unique=False,
        sqlite_where=sa.text("remind_after IS NOT NULL"),
        postgresql_where=sa.text("remind_after IS NOT NULL"),
    )
    op.create_index(
        "ix_tickets_waiting",
        "tickets",
        ["queue_id", "position"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_tickets_customer_present",
        "tickets",
        ["customer_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('called', 'serving')"),
        postgresql_where=sa.text("state IN ('called', 'serving')"),
    )
    op.create_index(
        "uq_tickets_live",
        "tickets",
        ["customer_id", "queue_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'called', 'serving')"),
        postgresql_where=sa.text("state IN ('waiting', 'called', 'serving')"),
    )
    op.create_index(
        "uq_tickets_servicer_present",
        "tickets",
        ["queue_id", "servicer_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('called', 'serving')"),
        postgresql_where=sa.text("state IN ('called', 'serving')"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("servicer_id", sa.Integer(), nullable=True),
        sa.Column("press_id", sa.String(length=36), nullable=True),
        sa.Column(
            "before",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("undoes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_events_queue_id_queues")),
        sa.ForeignKeyConstraint(
            ["servicer_id"], ["servicers.id"], name=op.f("fk_events_servicer_id_servicers")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_events_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["undoes_id"], ["events.id"], name=op.f("fk_events_undoes_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_press_id", "events", ["press_id"], unique=False)
    op.create_index("ix_events_queue_id_id", "events", ["queue_id", "id"], unique=False)
    op.create_index("ix_events_ticket_id_id", "events", ["ticket_id", "id"], unique=False)
    op.create_table(
        "outbound_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("our_number_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("servicer_id", sa.Integer(), nullable=True),
        sa.Column("queue_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("obsolete_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("carrier_sid", sa.String(length=64), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "(customer_id IS NULL) <> (servicer_id IS NULL)",
            name=op.f("ck_outbound_messages_one_recipient"),
        ),
        sa.CheckConstraint(
            "carrier_sid IS NULL OR state NOT IN ('waiting', 'expired')",
            name=op.f("ck_outbound_messages_sid_means_sent"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_outbound_messages_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_outbound_messages_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["our_number_id"], ["our_numbers.id"], name=op.f("fk_outbound_messages_our_number_id_our_numbers")
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_outbound_messages_queue_id_queues")
        ),
        sa.ForeignKeyConstraint(
            ["servicer_id"], ["servicers.id"], name=op.f("fk_outbound_messages_servicer_id_servicers")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_outbound_messages_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_messages")),
        sa.UniqueConstraint("carrier_sid", name=op.f("uq_outbound_messages_carrier_sid")),
        sa.UniqueConstraint("key", name=op.f("uq_outbound_messages_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_outbound_messages_reference")),
    )
    op.create_index(
        "ix_outbound_messages_due",
        "outbound_messages",
        ["our_number_id", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_outbound_messages_ticket_id_id", "outbound_messages", ["ticket_id", "id"], unique=False
    )
    op.create_index(
        "ix_outbound_messages_unsettled",
        "outbound_messages",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state IN ('sending', 'unknown')"),
        postgresql_where=sa.text("state IN ('sending', 'unknown')"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_outbound_messages_unsettled",
        table_name="outbound_messages",
        sqlite_where=sa.text("state IN ('sending', 'unknown')"),
        postgresql_where=sa.text("state IN ('sending', 'unknown')"),
    )
    op.drop_index("ix_outbound_messages_ticket_id_id", table_name="outbound_messages")
    op.drop_index(
        "ix_outbound_messages_due",
        table_name="outbound_messages",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_table("outbound_messages")
    op.drop_index("ix_events_ticket_id_id", table_name="events")
    op.drop_index("ix_events_queue_id_id", table_name="events")
    op.drop_index("ix_events_press_id", table_name="events")
    op.drop_table("events")
    op.drop_index(
        "uq_tickets_servicer_present",
        table_name="tickets",
        sqlite_where=sa.text("state IN ('called', 'serving')"),
        postgresql_where=sa.text("state IN ('called', 'serving')"),
    )
    op.drop_index(
        "uq_tickets_live",
        table_name="tickets",
        sqlite_where=sa.text("state IN ('waiting', 'called', 'serving')"),
        postgresql_where=sa.text("state IN ('waiting', 'called', 'serving')"),
    )
    op.drop_index(
        "uq_tickets_customer_present",
        table_name="tickets",
        sqlite_where=sa.text("state IN ('called', 'serving')"),
        postgresql_where=sa.text("state IN ('called', 'serving')"),
    )
    op.drop_index(
        "ix_tickets_waiting",
        table_name="tickets",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(
        "ix_tickets_remind_after",
        table_name="tickets",
        sqlite_where=sa.text("remind_after IS NOT NULL"),
        postgresql_where=sa.text("remind_after IS NOT NULL"),
    )
    op.drop_index(
        "ix_tickets_no_show_after",
        table_name="tickets",
        sqlite_where=sa.text("no_show_after IS NOT NULL"),
        postgresql_where=sa.text("no_show_after IS NOT NULL"),
    )
    op.drop_index("ix_tickets_customer_id_id", table_name="tickets")
    op.drop_table("tickets")
    op.drop_index(
        "uq_duties_open",
        table_name="duties",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("duties")
    op.drop_table("queue_waits")
    op.drop_index("ix_presses_last", table_name="presses")
    op.drop_table("presses")
    op.drop_table("opt_outs")
    op.drop_table("opening_hours")
    op.drop_index("ix_inbound_messages_customer_id_id", table_name="inbound_messages")
    op.drop_table("inbound_messages")
    op.drop_table("desks")
    op.drop_index(op.f("ix_servicers_phone_hash"), table_name="servicers")
    op.drop_index(op.f("ix_servicers_business_id"), table_name="servicers")
    op.drop_table("servicers")
    op.drop_index(op.f("ix_queues_business_id"), table_name="queues")
    op.drop_table("queues")
    op.drop_index(op.f("ix_our_numbers_business_id"), table_name="our_numbers")
    op.drop_table("our_numbers")
    op.drop_table("holidays")
    op.drop_index(op.f("ix_customers_phone_hash"), table_name="customers")
    op.drop_table("customers")
    op.drop_index("ix_pretend_texts_phone_id", table_name="pretend_texts")
    op.drop_table("pretend_texts")
    op.drop_table("clocks")
    op.drop_table("businesses")
