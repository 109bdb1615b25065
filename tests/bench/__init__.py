"""The figures of docs/performance.md, measured and printed: `python -m tests.bench [NAME...]`; a report, not a test."""
