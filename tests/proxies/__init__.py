"""Every proxy in `deploy/`, tried with the real server: python -m tests.proxies. Outside the quick suite."""
