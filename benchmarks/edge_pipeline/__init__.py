"""What a whole edge box costs a picture."""
