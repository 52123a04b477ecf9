"""Measure how fast the program is, side by side with what it could be; `make bench` runs it."""
