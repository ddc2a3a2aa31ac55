"""The port to the exchange's account system, and its adapters."""
