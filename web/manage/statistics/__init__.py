"""The manager's statistics: pages, charts, and which days are shown."""
