"""What a feed is agreed to be: its configuration, how one is proposed, checked and changed."""
