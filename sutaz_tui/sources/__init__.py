"""One typed client a system: the only code that opens sockets. Every failure leaves as a `SourceError`."""
