"""What cameras learn of their pictures, kept on disk."""
