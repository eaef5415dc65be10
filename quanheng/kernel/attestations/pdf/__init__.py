"""Pages of attestations: laid out, signed, read again and compared with the data they carry."""
