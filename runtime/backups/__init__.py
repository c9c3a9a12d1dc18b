"""A house in one sealed file, and a house from one."""
