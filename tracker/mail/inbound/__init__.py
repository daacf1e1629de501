"""Mail that comes back: replies, bounces, absence notes and complaints, read from raw bytes. Knows no store.

Everything here is written by strangers: no function raises on what a mail contains, and each reads a limited part of it.
"""
