"""What reports count, as defined in docs/reports.md. Pure: from leads, moves, sales and costs to records and figures."""
