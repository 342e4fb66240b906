"""The product on many hosts, for real: `python -m tests.scale_out`, as root on Linux. No part of the suite.

Hosts are network namespaces on a bridge of their own, which nothing outside can reach: two databases, two web
hosts, two clock hosts, and the people with their carrier.
"""
