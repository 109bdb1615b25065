"""People told of what an engine sees: what is watched for it, one runner a notifier, and what is kept of it."""
