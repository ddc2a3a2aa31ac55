"""What is served over HTTP: the one-time forms, the API for the exchange's website, health and metrics."""
