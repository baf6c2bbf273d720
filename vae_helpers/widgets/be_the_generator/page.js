// BeTheGenerator: choose every latent of the stroke model, or draw them from P(z); the page itself draws the digit.
import { explorer } from "../core/explorer.js";
import { button, buttons, choice, column, digitCanvas, element, note, number, row, slider } from "../core/page.js";
import { strokeDraw, strokeImage } from "./numbers.js";

// What each latent does, for labels, and how far a key moves its slider.
const MEANING = {
  thickness: "width of the pen", slant: "lean to the right", rotation: "turn clockwise", width: "horizontal scale",
  sharpness: "0 round, 1 cornered", x: "shift to the right", y: "shift down",
};
const STEP = { thickness: 0.1, slant: 1, rotation: 1, width: 0.01, sharpness: 0.01, x: 0.1, y: 0.1 };

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

// How latents are written: one by its name, or all of a z.
function wording(model) {
  const decimals = model.get("_digits"), units = model.get("_units"), names = Object.keys(model.get("_ranges"));
  const measure = (name, v) => `${number(v, decimals[name])}${units[name]}`;
  const spelled = (z) => [`digit ${z.digit}`, ...names.map((name) => `${name} ${measure(name, z[name])}`)].join(", ");
  const unit = (name) => ({ px: "pixels", "°": "degrees", "": "" })[units[name].trim()];
  return { names, measure, spelled, unit };
}

// A slider for each latent, under the hill of its prior.
function measures(app, { names, measure, unit }) {
  const prior = app.model.get("_prior"), ranges = app.model.get("_ranges");
  const made = names.map((name) => {
    const [min, max] = ranges[name];
    const describe = `${name}, ${MEANING[name]}${unit(name) && `, in ${unit(name)}`}`;
    const one = slider(name, {
      min, max, step: STEP[name], value: app.state.z[name], describe, format: (v) => measure(name, v),
    }, (v) => app.go({ z: { ...app.state.z, [name]: v } }));
    one.row.querySelector("span").append(element("small", {}, MEANING[name]));
    const place = element("span", { class: "vae-generator-hill" });
    one.input.replaceWith(place);
    place.append(hill(prior[name], ranges[name]), one.input);
    return one;
  });
  const node = element("div", { class: "vae-generator-measures", role: "group", "aria-label": "latents" },
    ...made.map((one) => one.row));
  return { node, set: (z) => names.forEach((name, i) => made[i].set(z[name])) };
}

// The last draws from P(z), newest first, each a button that takes up its z.
function strip(draws, paint, spelled, take) {
  let past = draws;
  const shown = past.map((_, i) => {
    const digit = digitCanvas(52);
    return { digit, node: button(digit.node, () => take({ ...past[i] })) };
  });
  function add(...drawn) {
    past = [...drawn, ...past].slice(0, shown.length);
    shown.forEach(({ digit, node }, i) => {
      paint(digit, past[i]);
      node.setAttribute("aria-label", `draw ${i + 1} of ${past.length}: digit ${past[i].digit}; take up its z`);
      node.title = spelled(past[i]);
    });
  }
  add();
  const group = { class: "vae-generator-past", role: "group", "aria-label": "the last draws from P(z), newest first" };
  return { node: element("div", group, ...shown.map(({ node }) => node)), add };
}

function build(app) {
  const { model } = app, glyphs = model.get("_glyphs"), pen = model.get("_pen"), words = wording(model);
  const paint = (canvas, z) => canvas.paint(strokeImage(glyphs[z.digit], pen, z)), draws = model.get("_draws");
  const digit = digitCanvas(252, "the digit"), latents = measures(app, words);
  const readout = element("div", { class: "vae-readout" });
  const labels = choice("digit", Array.from({ length: 10 }, (_, label) => [label, `${label}`]),
    (label) => app.go({ z: { ...app.state.z, digit: label } }));
  labels.node.classList.add("vae-generator-digits");
  [...labels.node.children].forEach((node, label) => node.setAttribute("aria-label", `digit ${label}`));
  const past = strip(draws, paint, words.spelled, (z) => app.go({ z }));
  const moves = buttons("moves",
    button("draw z from P(z)", () => {
      const z = strokeDraw(model.get("_prior"), model.get("_ranges"));
      past.add(z);
      app.go({ z });
    }, { title: "a random digit, as the model generates it" }),
    button("reset", () => app.go({ z: { digit: app.state.z.digit, ...model.get("_defaults") } }),
      { title: "an upright, plain digit" }));

  function draw({ z }) {
    paint(digit, z);
    latents.set(z);
    labels.mark(z.digit);
    readout.textContent = `z = (${words.spelled(z)}) → X, ${pen.side} × ${pen.side} pixels`;
    digit.name(`X, drawn from z: ${words.spelled(z)}`);
    app.say(readout.textContent);
  }
  const nodes = [column({ class: "vae-generator" },
    row(column({}, labels.node, digit.node, moves),
      column({ class: "vae-grow" }, latents.node,
        note("The hill over a slider is the latent's prior P(z): high where handwriting usually lies."))),
    readout, past.node,
    note(`The last ${draws.length} digits drawn with z ~ P(z), newest first: samples from P(X). `
      + "Press one to take up its z."))];
  return { nodes, draw };
}

export default { render: (context) => explorer(context, { label: "be the generator", names: ["z"] }, build) };
