"""The operator's door: one module per noun."""
