"""What the command verify looks at besides digests: whether records agree with each other, and contents with both."""
