"""Points, bounding boxes and sizes as plain numbers; origin top left, y downwards."""

PointPx = tuple[float, float]  # x, y in pixels of the source picture
PointNorm = tuple[float, float]  # x, y as shares of the picture's width and height
BoxPx = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels of the source picture
SizeWh = tuple[int, int]  # width, height in pixels
