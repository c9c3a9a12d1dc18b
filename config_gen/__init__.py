"""From a sample file to a reviewed feed configuration."""
