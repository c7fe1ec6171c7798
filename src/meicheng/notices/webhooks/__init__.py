"""Webhooks: events told to other systems, by the convention of Standard Webhooks."""
