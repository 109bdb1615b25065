"""All that knows Textual, beside the widgets."""
