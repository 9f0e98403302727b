"""The platform's rules, once for SQL and Python: statuses, failures, comparisons."""
