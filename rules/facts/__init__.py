"""What happens in a camera's scene, worked out once a picture, whatever rules judge it."""
