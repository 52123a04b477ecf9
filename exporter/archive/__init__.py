"""All that remembers: a snapshot of each week, and the chart that they make."""
