"""The conversations: pure tables and the engine that walks them. Standard library only."""
