"""Filters of finished rows: each marks rows with a reason and a figure; none deletes."""
