"""Drift: what runs beside what was released. The comparison is pure; what reads AWS is thin."""
