"""Turn values into text: templates, escaping, README sections."""
