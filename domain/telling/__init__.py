"""What is posted where, and what is sent outside of the chats."""
