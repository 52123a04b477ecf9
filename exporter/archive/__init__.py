"""Everything that is remembered: a snapshot of each week, and the chart computed from them."""
