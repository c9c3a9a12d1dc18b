"""What an operator may set, one area a module; `house` puts them together."""
