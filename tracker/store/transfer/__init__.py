"""Transfer of the whole database to another MongoDB while it is in use: copy, follow the changes, compare. Used by `leadlight move`."""
