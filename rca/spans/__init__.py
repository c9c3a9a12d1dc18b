"""What spans say of services and of the calls between them."""
