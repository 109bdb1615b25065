"""A first config: what runs here, as a person would have written it down."""
