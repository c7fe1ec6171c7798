"""Accounts: signing in, second factors, sessions, and who manages them (账号)."""
