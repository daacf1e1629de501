"""Reports on columns: the figures of the plain definitions beside this package, counted on arrays, so that 100,000 leads take milliseconds.

`catalogue.METRICS` stays the definition; tests/unit/rules/reports/test_columns.py compares the two on random histories.
"""
