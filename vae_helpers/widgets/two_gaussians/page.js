// TwoGaussians: drag two Gaussians, on a line or on the plane; the terms of their divergence are computed in the page.
import { explorer } from "../core/explorer.js";
import { clamp } from "../core/network.js";
import { beside, button, choice, column, element, note, number, slider, subscript } from "../core/page.js";
import { FIELDS, asAxis, divergence, gaussianOf, traitsOf } from "./numbers.js";
import { colored, termTable } from "./terms.js";
import { curves, ellipses } from "./views.js";

// The Gaussian that the arrow keys move is marked; it is drawn last and grabbed first.
function marking(app) {
  const marked = { i: 0, choose(i) { marked.i = i; app.redraw(); }, lastDrawn: () => [1 - marked.i, marked.i] };
  return marked;
}

// The sliders of N₀ or N₁; `show(gaussian)` follows it.
function gaussianSliders(app, marked, i, ranges, color) {
  const degrees = (v) => `${number(v, 0)}°`;
  const rows = app.model.get("dimensions") === 2
    ? [["x", "mean", 0, "mean x"], ["y", "mean", 1, "mean y"], ["sd 1", "sd", 0, "standard deviation along axis 1"],
      ["sd 2", "sd", 1, "standard deviation along axis 2"], ["angle", "angle", null, "angle of axis 1 in degrees"]]
    : [["mean", "mean", 0, "mean"], ["sd", "sd", 0, "standard deviation"]];
  const made = rows.map(([label, name, d, spoken]) => {
    const value = (gaussian) => (d === null ? gaussian[name] : gaussian[name][d]);
    const [min, max] = ranges[name] ?? [-90, 90], turns = name === "angle";
    const options = {
      min, max, step: turns ? 1 : 0.01, value: value(gaussianOf(app.state, i)), describe: `${spoken} of N${i}`,
      format: turns ? degrees : number,
    };
    const one = slider(label, options, (v) => {
      marked.i = i;
      app.go({ [`${name}${i}`]: d === null ? v : app.state[`${name}${i}`].with(d, v) });
    });
    return { row: one.row, show: (gaussian) => one.set(value(gaussian)) };
  });
  const group = { class: "vae-gaussian", role: "group", "aria-label": `N${i}` };
  const heading = element("div", {}, colored(`N${subscript(i)}`, color));
  const node = element("div", group, heading, ...made.map((one) => one.row));
  return { node, show: (gaussian) => made.forEach((one) => one.show(gaussian)) };
}

function build(app) {
  const { model } = app, k = model.get("dimensions"), colors = model.get("_colors"), marked = marking(app);
  const upDown = k === 2 ? "" : ", up makes it narrower, down wider";
  const label = `two Gaussians: the arrow keys move the marked one${upDown}; `
    + "Shift for larger steps; 0 and 1 choose which; Home for the origin";
  const view = (k === 2 ? ellipses : curves)(app, marked, colors, label), table = termTable(colors, k);
  const groups = [0, 1].map((i) => gaussianSliders(app, marked, i, model.get("_ranges"), colors[i]));
  const readout = element("div", { class: "vae-readout" });
  const marks = choice("which one the arrow keys move", [0, 1].map((i) => (
    [i, `mark N${subscript(i)}`, `let the arrow keys move N${subscript(i)}`])), marked.choose);

  function draw(state) {
    const pair = [0, 1].map((i) => gaussianOf(state, i));
    view.draw(pair);
    groups.forEach((group, i) => group.show(pair[i]));
    marks.mark(marked.i);
    const ways = [divergence(pair[0], pair[1]), divergence(pair[1], pair[0])];
    table.set(ways);
    const lines = ways.map(({ total }, i) => `D[N${subscript(i)}‖N${subscript(1 - i)}] = ${number(total, 3)} nats = `
      + `${number(total / Math.LN2, 3)} bits`);
    readout.textContent = lines.join("\n");
    app.say(`${lines.join("; ")}; the arrow keys move N${marked.i}`);
  }
  const copied = (from, to) => traitsOf(gaussianOf(app.state, from), to);
  const nodes = [beside("vae-two-gaussians",
    column({}, view.node,
      element("div", { class: "vae-buttons" },
        button("swap", () => app.go({ ...copied(1, 0), ...copied(0, 1) }), { title: "exchange N₀ and N₁" }),
        button("make equal", () => app.go(copied(0, 1)), { title: "give N₁ the mean and the covariance of N₀" }),
        marks.node),
      note(k === 2
        ? "Ellipses: 1 and 2 standard deviations. Drag a middle to move it, a diamond (axis 1) or a square (axis 2) to "
          + "stretch and turn it. The arrow keys move the ringed one; 0 and 1 choose."
        : "Drag a curve sideways to move it, up to make it narrower, down wider; the diamonds set its standard "
          + "deviation. The arrow keys move the ringed one; 0 and 1 choose.")),
    column({ class: "vae-term-side" }, table.node, readout,
      element("div", { class: "vae-gaussians" }, ...groups.map(({ node }) => node))))];
  return { nodes, draw, repaint: view.repaint };
}

export default {
  render(context) {
    const ranges = context.model.get("_ranges");
    const settle = (state) => Object.assign({}, ...[0, 1].map((i) => {
      const { mean, sd, angle } = gaussianOf(state, i), within = (values, ends) => values.map((v) => clamp(v, ends));
      return traitsOf({ mean: within(mean, ranges.mean), sd: within(sd, ranges.sd), angle: asAxis(angle) }, i);
    }));
    const names = [0, 1].flatMap((i) => FIELDS.map((name) => `${name}${i}`));
    return explorer(context, { label: "two Gaussians", names, settle }, build);
  },
};
