"""Breakers of the laws of this app."""
