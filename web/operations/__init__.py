"""Addresses for operators and monitoring: health, readiness and metrics. They only read.

May import `web.http` only.
"""
