// Encoded images on a plane, colored by class.
import { haloed } from "./chart.js";
import { button, element } from "./page.js";
import { priorContours } from "./plane.js";

// For each class, the point around which it most outweighs the others, apart from the places already taken; and where it
// has a second patch, in which its lead is an eighth of it, a point there.
function numeralPlaces(codes, labels, classes, limit) {
  const places = [];
  const far = (x, y, i) => Math.hypot(codes[2 * i] - x, codes[2 * i + 1] - y) / limit;
  for (const [turn, label] of [...classes, ...classes].entries()) {
    const own = [...labels.keys()].filter((i) => labels[i] === label);
    const step = Math.ceil(own.length / 60);
    let best = null;
    for (const i of own.filter((_, k) => k % step === 0)) {
      const [x, y] = [codes[2 * i], codes[2 * i + 1]];
      // A place near one that is taken is worse than any other, and the worse the nearer.
      const crowd = (place) => Math.max(0, 1 - far(x, y, place.i) / (place.label === label ? 0.4 : 0.14));
      let score = places.reduce((sum, place) => sum - 1e6 * crowd(place), 0);
      labels.forEach((other, j) => { if (far(x, y, j) < 0.1) score += other === label ? 1 : -1; });
      if (best === null || score > best.score) best = { label, i, score };
    }
    if (turn < classes.length || best.score > own.length / 8) places.push(best);
  }
  return places;
}

// The backdrop of a plane, points with numerals and the prior's contours, and one button a class that hides the others;
// `redraw()` hears of it.
export function classPoints(codes, labels, colors, limit, redraw) {
  const classes = [...new Set(labels)].sort(), numerals = numeralPlaces(codes, labels, classes, limit);
  let only = null;
  const shown = (label) => only === null || label === only;

  function backdrop(chart, ink) {
    const { pen, toX, toY } = chart;
    labels.forEach((label, i) => {
      if (!shown(label)) return;
      pen.fillStyle = colors[label];
      pen.beginPath();
      pen.arc(toX(codes[2 * i]), toY(codes[2 * i + 1]), 2.4, 0, 2 * Math.PI);
      pen.fill();
    });
    priorContours(chart, ink);
    if (classes.length < 2) return;
    for (const { label, i } of numerals) { // so that color is not the only cue
      if (shown(label)) haloed(pen, `${label}`, toX(codes[2 * i]), toY(codes[2 * i + 1]), ink, 15);
    }
  }

  const group = { class: "vae-buttons vae-legend", role: "group", "aria-label": "show one class only" };
  const legend = element("div", group);
  for (const label of classes.length > 1 ? classes : []) {
    const chip = button("", () => {
      only = only === label ? null : label;
      for (const other of legend.children) other.setAttribute("aria-pressed", String(other === chip && only === label));
      redraw();
    }, { "aria-pressed": "false", title: `show only digits of class ${label}` });
    chip.append(element("i", { style: `background: ${colors[label]}` }), `${label}`);
    legend.append(chip);
  }
  return { backdrop, legend };
}
