"""What reports count of the activity of leads and visitors. Pure, like the rest of `rules.reports`."""
