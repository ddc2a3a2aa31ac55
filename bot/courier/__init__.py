"""The port to SMS and email, and its adapters."""
