"""Rules of the business without I/O: numbers, countries, codes, limits, holds, tickets, masks, audit."""
