"""What series say: what is unusual, and since when."""
