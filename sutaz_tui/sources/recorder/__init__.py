"""What a recorder and the boards of its machine say to each other over a unix socket."""
