"""The demo's junction: a composed street whose traffic, light and walker are generated, out of pictures of the film."""
