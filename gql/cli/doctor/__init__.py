"""Checks of a deployment, a module per subject: what is wrong, and the remedy.

They only read, wait a few seconds at most for an answer, and print no secrets.
"""
