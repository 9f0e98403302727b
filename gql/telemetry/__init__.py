"""Metrics, the log and traces of the gateway."""
