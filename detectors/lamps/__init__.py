"""Traffic lights in the picture: what one picture shows, whether the drawn region fits, and what that is over time."""
