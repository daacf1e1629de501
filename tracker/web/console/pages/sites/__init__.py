"""Pages about the company's sites: addresses, refused pages and the check."""
