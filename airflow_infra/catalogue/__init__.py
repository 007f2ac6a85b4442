"""Dated facts: versions, add-ons, charts, instance types, estimates. Data files with a typed loader, no decisions."""
