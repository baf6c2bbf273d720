// BeTheGenerator: choose every latent of the stroke model, or draw them from P(z); the page itself draws the digit.
import { announcer, digitCanvas, element, normal, number, onFrame, slider, throttle } from "./core.js";

// The (start, control, end) of every arc of a digit, as strokes.py cuts its control points.
export function strokeArcs(glyph) {
  return glyph.flatMap((points) => {
    const joints = points.slice(1).map((q, i) => [0, 1].map((axis) => (points[i][axis] + q[axis]) / 2));
    joints[0] = points[0];
    joints[joints.length - 1] = points[points.length - 1];
    return points.slice(1, -1).map((control, i) => [joints[i], control, joints[i + 1]]);
  });
}

// The pen path in straight segments: each its middle (x, y), half its length, and cos and sin of its direction.
export function strokeSegments(glyph, { height, center, steps }, z) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const lean = Math.tan(radians(z.slant)), cos = Math.cos(radians(z.rotation)), sin = Math.sin(radians(z.rotation));
  const segments = [];
  for (const arc of strokeArcs(glyph)) {
    let before = null;
    for (let k = 0; k <= steps; k++) {
      const t = k / steps;
      const round = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
      const edges = [Math.max(0, 1 - 2 * t), 1 - Math.abs(1 - 2 * t), Math.max(0, 2 * t - 1)];
      const blend = round.map((b, i) => b + z.sharpness * (edges[i] - b));
      const [u, y] = [0, 1].map((axis) => height * arc.reduce((sum, point, i) => sum + blend[i] * point[axis], 0));
      const x = z.width * u - lean * y;
      const point = [cos * x - sin * y, sin * x + cos * y];
      if (before) {
        const dx = point[0] - before[0], dy = point[1] - before[1], direction = Math.atan2(dy, dx);
        segments.push({
          x: (point[0] + before[0]) / 2, y: (point[1] + before[1]) / 2, half: Math.hypot(dx, dy) / 2,
          cos: Math.cos(direction), sin: Math.sin(direction),
        });
      }
      before = point;
    }
  }
  const ink = (part) => segments.reduce((sum, s) => sum + s.half * part(s), 0); // every segment weighs its length
  const total = ink(() => 1);
  const right = center + z.x - ink((s) => s.x) / total, down = center + z.y - ink((s) => s.y) / total;
  return segments.map((s) => ({ ...s, x: s.x + right, y: s.y + down }));
}

// X as a function of z: side × side intensities in [0, 1], by the distance of each pixel to the pen path.
export function strokeImage(glyph, pen, z) {
  const pixels = new Float32Array(pen.side ** 2), segments = strokeSegments(glyph, pen, z);
  for (let row = 0, k = 0; row < pen.side; row++) {
    for (let column = 0; column < pen.side; column++, k++) {
      let nearest = Infinity;
      for (const s of segments) {
        const right = column - s.x, down = row - s.y, across = s.cos * down - s.sin * right;
        const beyond = Math.max(0, Math.abs(s.cos * right + s.sin * down) - s.half);
        nearest = Math.min(nearest, across * across + beyond * beyond);
      }
      pixels[k] = Math.min(1, Math.max(0, z.thickness / 2 + 0.5 - Math.sqrt(nearest)));
    }
  }
  return pixels;
}

// z ~ P(z): a uniform digit, and for the rest normal numbers, drawn again while they lie outside their range.
export function strokeDraw(prior, ranges) {
  const z = { digit: Math.floor(10 * Math.random()) };
  for (const [name, [mean, sd]] of Object.entries(prior)) {
    const [low, high] = ranges[name];
    do z[name] = mean + sd * normal(); while (z[name] < low || z[name] > high);
  }
  return z;
}

// What each latent does, for labels.
const MEANING = {
  thickness: "width of the pen", slant: "lean to the right", rotation: "turn clockwise", width: "horizontal scale",
  sharpness: "0 round, 1 cornered", x: "shift to the right", y: "shift down",
};
const STEP = { thickness: 0.1, slant: 1, rotation: 1, width: 0.01, sharpness: 0.01, x: 0.1, y: 0.1 };

const GENERATOR_CSS = `
.vae-generator .vae-slider { grid-template-columns: 5.4em minmax(90px, 1fr) 4em; gap: 4px 10px; }
.vae-generator .vae-slider > span small { display: block; font-size: 11px; line-height: 1.1;
  color: var(--jp-ui-font-color2, #555); }
.vae-generator .vae-measures { display: flex; flex-direction: column; gap: 5px; }
.vae-generator .vae-measures .vae-slider { grid-template-columns: 9.4em minmax(90px, 1fr) 4em; }
.vae-generator .vae-hill { display: flex; flex-direction: column; min-width: 0; }
.vae-generator .vae-hill svg { display: block; height: 15px; width: calc(100% - 16px); margin: 0 8px -3px;
  overflow: visible; }
.vae-generator .vae-hill path { fill: var(--jp-brand-color1, #1976d2); opacity: 0.35; }
.vae-generator .vae-choice { max-width: none; gap: 4px; flex-wrap: nowrap; width: 252px; }
.vae-generator .vae-choice button { flex: 1 1 0; min-width: 0; padding: 3px 0; min-height: 24px; }
.vae-generator .vae-choice button[aria-pressed="true"] { font-weight: bold; }
.vae-generator .vae-past { display: grid; grid-template-columns: repeat(8, minmax(0, 56px)); gap: 6px; }
.vae-generator .vae-past button { padding: 2px; line-height: 0; }
.vae-generator .vae-past canvas { width: 100% !important; box-shadow: none; }
.vae-generator .vae-note { max-width: none; }
.vae-generator .vae-readout { border-left: 3px solid var(--jp-brand-color1, #1976d2); padding-left: 8px; }
`;

// The density of a latent's prior over its slider, as a hill.
function hill([mean, sd], [low, high]) {
  const points = Array.from({ length: 41 }, (_, k) => {
    const v = low + ((high - low) * k) / 40;
    return `${((100 * k) / 40).toFixed(1)},${(20 - 20 * Math.exp(-0.5 * ((v - mean) / sd) ** 2)).toFixed(2)}`;
  });
  const make = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const svg = make("svg", { viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(make("path", { d: `M0,20 L${points.join(" L")} L100,20 Z` }));
  return svg;
}

function render({ model, el }) {
  const glyphs = model.get("_glyphs"), pen = model.get("_pen"), units = model.get("_units");
  const prior = model.get("_prior"), ranges = model.get("_ranges"), decimals = model.get("_digits");
  const names = Object.keys(ranges);
  let z = { ...model.get("z") }, past = [...model.get("_draws")];

  const sync = throttle(() => { model.set("z", { ...z }); model.save_changes(); }, 100);
  const { node: live, say } = announcer();
  const measure = (name, v) => `${number(v, decimals[name])}${units[name]}`;
  const spelled = (at) =>
    [`digit ${at.digit}`, ...names.map((name) => `${name} ${measure(name, at[name])}`)].join(", ");
  const paint = (canvas, at) => canvas.paint(strokeImage(glyphs[at.digit], pen, at));

  // ---- the digit and its causes ----

  const digit = digitCanvas(252, "the digit");
  const readout = element("div", { class: "vae-readout" });
  const choices = Array.from({ length: 10 }, (_, label) => element("button", {
    type: "button", "aria-label": `digit ${label}`, click: () => go({ ...z, digit: label }),
  }, `${label}`));
  const choice = element("div", { class: "vae-buttons vae-choice", role: "group", "aria-label": "digit" }, ...choices);
  const sliders = names.map((name) => {
    const [low, high] = ranges[name];
    const unit = { px: "pixels", "°": "degrees", "": "" }[units[name].trim()];
    const options = {
      min: low, max: high, step: STEP[name], value: z[name], format: (v) => measure(name, v),
      describe: `${name}, ${MEANING[name]}${unit && `, in ${unit}`}`,
    };
    const control = slider(name, options, (v) => go({ ...z, [name]: v }));
    control.row.querySelector("span").append(element("small", {}, MEANING[name]));
    const cell = element("span", { class: "vae-hill" });
    control.input.replaceWith(cell);
    cell.append(hill(prior[name], ranges[name]), control.input);
    return control;
  });

  function draw() {
    paint(digit, z);
    names.forEach((name, i) => sliders[i].set(z[name]));
    choices.forEach((button, label) => button.setAttribute("aria-pressed", String(label === z.digit)));
    readout.textContent = `z = (${spelled(z)}) → X, ${pen.side} × ${pen.side} pixels`;
    digit.node.setAttribute("aria-label", `X, drawn from z: ${spelled(z)}`);
    say(readout.textContent);
  }
  const redraw = onFrame(draw);
  const go = (next) => { z = next; redraw(); sync(); };

  // ---- draws from the prior ----

  const strip = past.map((_, i) => {
    const canvas = digitCanvas(52, "");
    canvas.node.removeAttribute("role");
    canvas.node.setAttribute("aria-hidden", "true");
    const button = element("button", { type: "button", click: () => go({ ...past[i] }) }, canvas.node);
    return { canvas, button };
  });
  function showPast() {
    strip.forEach(({ canvas, button }, i) => {
      paint(canvas, past[i]);
      button.setAttribute("aria-label", `draw ${i + 1} of ${past.length}: digit ${past[i].digit}; take up its z`);
      button.title = spelled(past[i]);
    });
  }
  const button = (name, click, title) => element("button", { type: "button", click, title }, name);
  const random = button("draw z from P(z)", () => {
    const drawn = strokeDraw(prior, ranges);
    past = [drawn, ...past.slice(0, -1)];
    showPast();
    go({ ...drawn });
  }, "a random digit, as the model generates it");
  const reset = button("reset", () => go({ digit: z.digit, ...model.get("_defaults") }), "an upright, plain digit");

  el.classList.add("vae-explorer", "vae-generator");
  el.append(element("style", {}, GENERATOR_CSS),
    element("div", { class: "vae-column", role: "group", "aria-label": "be the generator" },
      element("div", { class: "vae-row" },
        element("div", { class: "vae-column" }, choice, digit.node,
          element("div", { class: "vae-buttons" }, random, reset)),
        element("div", { class: "vae-column vae-grow" },
          element("div", { class: "vae-measures", role: "group", "aria-label": "latents" },
            ...sliders.map((s) => s.row)),
          element("p", { class: "vae-note" },
            "The hill over a slider is the latent's prior P(z): high where handwriting usually lies."))),
      readout,
      element("div", { class: "vae-past", role: "group", "aria-label": "the last draws from P(z), newest first" },
        ...strip.map((s) => s.button)),
      element("p", { class: "vae-note" }, `The last ${past.length} digits drawn with z ~ P(z), newest first: `
        + "samples from P(X). Press one to take up its z."),
      live));

  const fromPython = () => { z = { ...model.get("z") }; redraw(); };
  model.on("change:z", fromPython);
  showPast();
  draw();
  return () => model.off("change:z", fromPython);
}

export default { render };
