"""From a dropped sample to an agreed configuration, and back."""
