"""Drills: real processes, real sockets, real kills (SIGKILL), and a check of everything that three parties remember.

What the carrier took, what our webhook acknowledged and what the store kept must tell one story: nothing that was
acknowledged is lost, no effect is doubled. `make test` kills five times at each step on SQLite and
twice on PostgreSQL and Redis, `make drill` fifty times on both, and writes build/drill-report.txt.
"""
