"""All that turns values into text: templates, escaping, README sections."""
