"""What all findings together come to: who is named, how surely, and where nobody may be."""
