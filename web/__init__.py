"""The pages: Flask blueprints by audience, with their forms and page builders.

May import `bot`, `models`, `config` and `security`; not `jobs`, `commands` or `webhooks`. Never calls the
carrier or a mail server. Packages from the bottom: `http`, `live` and `operations`, `customer`, `account`,
and on top `control`, `manage` and `phones`; each imports only those below it.
"""
