"""Values of reports that are stored."""
