"""Generates a long history and a long line with SQL, directly in the tables. Measures nothing.

The history: customers who came once each by text and were served on past days; for each a customer, a ticket,
three events, the inbound and the outbound text. The line: people who joined today.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from models.queueing.line.positions import GAP

A_DAY = 500
AT_ONCE = 100_000  # rows per transaction


def write_past(connection: Connection, numbers: range, many: int, now: datetime) -> None:
    """Write the visits with these numbers, out of so many. The tables must be empty before the first."""
    first = now.astimezone(UTC) - timedelta(days=30 + many // A_DAY)
    past = _Past(connection.dialect.name, first.strftime("%Y-%m-%d 00:00:00"), numbers)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # the product's limit is too short here
    for statement in past.statements():
        connection.exec_driver_sql(statement)


def write_line(connection: Connection, many: int, now: datetime) -> None:
    """Write so many waiting people, of whom the last has just joined. The tables must be empty before."""
    line = _Past(connection.dialect.name, now.strftime("%Y-%m-%d 00:00:00"), range(many))
    for statement in line.waiting(now.astimezone(UTC), many):
        connection.exec_driver_sql(statement)


def settle(connection: Connection) -> None:
    """The housekeeping that the database would have done over the years (VACUUM, ANALYZE)."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")


class _Past:
    """The SQL statements, with each database's own syntax for moments."""

    def __init__(self, database: str, first: str, numbers: range) -> None:
        self._is_sqlite, self._first = database == "sqlite", first
        self._begin, self._end = numbers.start, numbers.stop

    def statements(self) -> list[str]:
        return [self._customers(), self._tickets(), self._events(), self._texts_in(), self._texts_out()]

    def waiting(self, now: datetime, many: int) -> list[str]:
        joined = f"'{now:%Y-%m-%d %H:%M:%S}.000000{'' if self._is_sqlite else '+00'}'"
        tickets = f"""
            INSERT INTO tickets (token, queue_id, day, number, customer_id, our_number_id, source, state,
                party, position, joined_at, others_let_first)
            {self._numbers()}
            SELECT 'line' || n, 1, '{now:%Y-%m-%d}', n + 1, n + 1, 1, 'text', 'waiting',
                1, (n + 1) * CAST({GAP} AS bigint), {joined}, 0
            FROM numbers"""
        events = f"""
            INSERT INTO events (queue_id, ticket_id, kind, at, actor)
            {self._mine()} SELECT queue_id, id, 'joined', joined_at, 'customer' FROM mine"""
        queue = f"""
            UPDATE queues SET numbered_day = '{now:%Y-%m-%d}', last_number = {many},
                last_position = {many} * CAST({GAP} AS bigint), revision = revision + {many}"""
        return [self._customers(), tickets, events, queue]

    def _customers(self) -> str:
        return f"""
            INSERT INTO customers (business_id, phone_hash, created_at)
            {self._numbers()} SELECT 1, 'past ' || n, {self._moment(0)} FROM numbers"""

    def _tickets(self) -> str:
        # The tables were empty: person number n has the id n + 1.
        return f"""
            INSERT INTO tickets (token, queue_id, day, number, customer_id, our_number_id, source, state,
                party, position, joined_at, called_at, started_at, ended_at, servicer_id, others_let_first)
            {self._numbers()}
            SELECT 'past' || n, 1, {self._day()}, n - n / {A_DAY} * {A_DAY} + 1, n + 1, 1, 'text', 'served',
                1, -n - 1, {self._moment(0)}, {self._moment(8)}, {self._moment(9)}, {self._moment(14)}, 1, 0
            FROM numbers"""

    def _events(self) -> str:
        kinds = (("joined", "joined_at"), ("called", "called_at"), ("served", "ended_at"))
        each = " UNION ALL ".join(
            f"SELECT queue_id, id AS ticket_id, '{kind}' AS kind, {column} AS at FROM mine"
            for kind, column in kinds
        )
        return f"""
            INSERT INTO events (queue_id, ticket_id, kind, at, actor)
            {self._mine()} SELECT queue_id, ticket_id, kind, at, 'servicer' FROM ({each}) AS told
            ORDER BY ticket_id, at"""

    def _texts_in(self) -> str:
        return f"""
            INSERT INTO inbound_messages (sid, our_number_id, customer_id, queue_id, body, received_at,
                reply_kind, reply, late, reply_state)
            {self._mine()}
            SELECT 'past' || id, 1, customer_id, 1, 'CET236', joined_at, 'joined',
                'You are number ' || number || ' for Haircuts.', FALSE, 'delivered' FROM mine"""

    def _texts_out(self) -> str:
        return f"""
            INSERT INTO outbound_messages (reference, key, our_number_id, customer_id, queue_id, ticket_id,
                kind, facts, language, priority, state, created_at, send_after, attempts, body, segments,
                carrier_sid, accepted_at, sent_at, delivered_at)
            {self._mine()}
            SELECT 'past' || id, 'past' || id, 1, customer_id, 1, id,
                'your_turn', '{{}}', 'en', 1, 'delivered', called_at, called_at, 1, 'It is your turn.', 1,
                'past' || id, called_at, called_at, called_at FROM mine"""

    def _numbers(self) -> str:
        return f"""
            WITH RECURSIVE numbers(n) AS
                (SELECT {self._begin} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {self._end})"""

    def _mine(self) -> str:
        return f"""
            WITH mine AS
                (SELECT * FROM tickets WHERE customer_id > {self._begin} AND customer_id <= {self._end})"""

    def _moment(self, minutes: int) -> str:
        """A moment so long after joining; people join one per minute, from midnight."""
        after = f"(n / {A_DAY} * 1440 + n - n / {A_DAY} * {A_DAY} + {minutes})"
        if self._is_sqlite:
            return f"datetime('{self._first}', {after} || ' minutes') || '.000000'"
        return f"CAST('{self._first}+00' AS timestamptz) + {after} * INTERVAL '1 minute'"

    def _day(self) -> str:
        days = f"(n / {A_DAY})"
        if self._is_sqlite:
            return f"date('{self._first}', {days} || ' days')"
        return f"CAST('{self._first}' AS date) + {days}"
