// What axe looks for first, in a few lines: names of controls, order of focus, contrast by WCAG 2.2.
() => {
  const found = [];
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  function rgba(color) {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  }
  function ground(element) {
    for (let one = element; one; one = one.parentElement) {
      const color = rgba(getComputedStyle(one).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  }
  function light([r, g, b]) {
    const [x, y, z] = [r, g, b].map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!field.labels.length && !field.getAttribute("aria-label")) found.push("no label: " + field.outerHTML);
  for (const control of document.querySelectorAll("a, button, summary"))
    if (!control.textContent.trim() && !control.getAttribute("aria-label")) found.push("no name: " + control.outerHTML);
  for (const one of document.querySelectorAll("[tabindex]"))
    if (one.tabIndex > 0) found.push("jumps the order of focus: " + one.outerHTML);
  for (const svg of document.querySelectorAll("svg"))
    if (!svg.getAttribute("aria-label") && svg.getAttribute("aria-hidden") !== "true") found.push("unnamed picture");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  if (!document.documentElement.lang || !document.title) found.push("no language or title");
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size !== ids.length) found.push("ids twice: " + ids);
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("svg, .aside, .skip, dialog:not([open]), option") || !element.checkVisibility()) continue;
    const [one, other] = [light(rgba(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) found.push(ratio.toFixed(2) + " " + element.className + ": " + element.textContent.trim().slice(0, 40));
  }
  return found;
}
