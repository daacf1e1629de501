"""Rules for sales."""
