"""Measures what a caller hears of a composed service."""

# Samples a second on the telephone.
RATE = 8_000
