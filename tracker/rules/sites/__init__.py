"""Rules about the company's sites: which origins they may have, and what refused pages mean."""
