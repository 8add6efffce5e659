"""What the tests of the embedded Argilla server share."""
