"""Reports: figures over a period, each with the records behind it."""
