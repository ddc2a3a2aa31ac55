"""The database: the only place with SQL.

One module a group of tables; each offers functions that take a :class:`bot.db.base.Tx` first. Two drivers carry them
out, ``sqlite.py`` (one machine) and ``postgres.py`` (several workers), on the same SQL text.
"""
