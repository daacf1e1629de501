"""The activity of leads and visitors as columns; the definitions are in `rules.reports.activity`."""
