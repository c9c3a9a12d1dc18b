"""What an act changes when it is taken: the moves through ports that several doors and stories share."""
