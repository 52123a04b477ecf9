"""What runs keep for later: the documents, weekly snapshots, and the chart computed from them."""
