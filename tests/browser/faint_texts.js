// Texts of an element that stand out less than WCAG 2.1 AA (1.4.3) wants, each with its ratio.
(dialog) => {
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (one) => {
    const own = parts(getComputedStyle(one).backgroundColor);
    return own[3] === 0 ? ground(one.parentElement) : own;
  };
  const says = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const texts = [...dialog.querySelectorAll("*:not(i)")].filter((one) => one.checkVisibility() && says(one));
  return texts.flatMap((one) => {
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    return ratio < 4.5 ? [`${one.textContent.trim()}: ${ratio.toFixed(2)}`] : [];
  });
}
