"""Keys of issuers: made, sealed, exchanged, declared lost; the signers that use them."""
