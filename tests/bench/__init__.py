"""The product beside python-telegram-bot's ConversationHandler, in one run; ``python -m tests.bench`` explains."""
