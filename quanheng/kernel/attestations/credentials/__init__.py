"""What is signed, and whoever checks it: no database, no framework, no server. Nothing here imports Django."""
