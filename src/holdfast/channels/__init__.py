"""The ways by which a delivery leaves, one folder each (docs/deliveries.md)."""
