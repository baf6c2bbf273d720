// CurveInPlane: P(X) = ∫ P(X|z) P(z) dz along a curve in the plane: its density, its value at X exactly and by Monte
// Carlo, and the few draws of z that carry the estimate. All of it is computed here, in the page.
import { area, chart, haloed, haloedCircle, line } from "../core/chart.js";
import { explorer } from "../core/explorer.js";
import { clamp, floats, normal } from "../core/network.js";
import { beside, button, canvas, column, element, key, legend, number, pair, slider, values } from "../core/page.js";
import { plane } from "../core/plane.js";
import { wager } from "../core/wager.js";
import { heatMap } from "./heat.js";
import {
  cellsFor, curvePoint, curveTable, logGaussians, logIntegral, logJoints, mixtureDensity, monteCarlo,
} from "./numbers.js";

const SHOWN = 200; // dots drawn at most

const count = (n) => n.toLocaleString("en-US");
const nats = (v) => `${number(v, Math.abs(v) < 1000 ? 2 : 0)} nats`;
const firstShown = (n) => Array.from({ length: Math.min(n, SHOWN) }, (_, i) => i);

// Draws of z, and f of each as pairs.
function sampleOf(table, z) {
  const xy = new Float64Array(2 * z.length);
  z.forEach((at, i) => xy.set(curvePoint(table, at), 2 * i));
  return { z, xy };
}

// Dots as one path, which is much faster than one each.
function dots(pen, places, radius, fill, ring) {
  pen.beginPath();
  for (const [px, py] of places) { pen.moveTo(px + radius, py); pen.arc(px, py, radius, 0, 2 * Math.PI); }
  pen.lineWidth = 2; pen.strokeStyle = ring; pen.stroke();
  pen.fillStyle = fill; pen.fill();
}

// The draws on the curve, those that matter, and the circles of P(X|z) at the marker.
function overlay({ pen, toX, toY, x: [low, limit] }, ink, { state, table, colors, sample, heavy }) {
  const { x, z, sigma, samples } = state, unit = toX(1) - toX(0), [fx, fy] = curvePoint(table, z);
  const places = (indices) => indices.map((i) => [toX(sample.xy[2 * i]), toY(sample.xy[2 * i + 1])]);
  dots(pen, places(firstShown(samples)), 2.2, colors.curve, ink.paper);
  dots(pen, places(heavy.slice(0, SHOWN)), 4, colors.heavy, ink.paper);
  haloedCircle(pen, ink, [toX(fx), toY(fy)], sigma * unit, colors.marker, 2);
  haloedCircle(pen, ink, [toX(fx), toY(fy)], 2 * sigma * unit, colors.marker, 2, [5, 4]);
  dots(pen, [[toX(fx), toY(fy)]], 5.5, colors.marker, ink.paper);
  const inside = (v) => clamp(v, [toX(low) + 18, toX(limit) - 14]);
  const away = 2 * sigma * unit < 50 ? 2 * sigma * unit + 12 : 17; // from X, where there is room
  const below = (x[1] > fy && toY(fy) + away < toY(low) - 6) || toY(fy) - away < toY(limit) + 6;
  haloed(pen, "f(z)", inside(toX(fx)), toY(fy) + (below ? away : -away), ink);
  haloed(pen, "X", inside(toX(x[0]) + 17), toY(x[1]) + (x[1] > 0.9 * limit ? 14 : -13), ink);
}

// What is integrated, along z: the prior, P(X|z) P(z), and the draws as a rug.
function integrand() {
  const board = canvas(430, 120, { role: "img", "aria-label": "" });
  const plot = chart(board, { left: 6, right: 6, top: 26, bottom: 20 }, [-4, 4], [0, 1]);
  const { pen, toX, toY, floor, right } = plot;

  function rug(at, height, color) {
    pen.strokeStyle = color; pen.lineWidth = 1;
    pen.beginPath();
    for (const z of at) { pen.moveTo(toX(z), floor + 4); pen.lineTo(toX(z), floor + 4 - height); }
    pen.stroke();
  }
  function draw({ state, table, colors, sample, heavy, joint }) {
    const ink = plot.begin([-3, -2, -1, 0, 1, 2, 3]), peak = joint.reduce((a, b) => Math.max(a, b));
    // Heights up to 1 over z: every point where the curve is high, every sixteenth where it is flat.
    const trace = (height, fine) => {
      const shown = [...table.z.keys()].filter((i) => Math.abs(table.z[i]) <= 4 && (i % 16 === 0 || fine(i)));
      return [[toX(-4), floor], ...shown.map((i) => [toX(table.z[i]), toY(height(i))]), [toX(4), floor]];
    };
    line(pen, ink.text, 1.2, trace((i) => Math.exp(-0.5 * table.z[i] ** 2), () => false), [4, 3]);
    const hill = trace((i) => Math.exp(joint[i] - peak), (i) => i % 2 === 0 && joint[i] > peak - 7);
    area(pen, colors.heavy, 0.25, hill);
    line(pen, colors.heavy, 1.8, hill);
    rug(firstShown(state.samples).map((i) => sample.z[i]), 7, colors.curve);
    rug(heavy.slice(0, SHOWN).map((i) => sample.z[i]), 10, colors.heavy);
    line(pen, colors.marker, 2, [[toX(state.z), 22], [toX(state.z), floor]]);
    pen.textBaseline = "top"; pen.textAlign = "left"; pen.fillStyle = ink.text;
    pen.fillText("dashed: P(z)", 6, 4);
    pen.textAlign = "right";
    pen.fillText("filled: P(X|z) P(z), scaled to fit", right, 4);
    pen.fillText("z", right + 2, floor + 5);
    const where = `X = ${pair(state.x)}`;
    board.node.setAttribute("aria-label", `along z: the prior P(z), and the integrand P(X|z) P(z) at ${where}`);
  }
  return { node: board.node, draw };
}

// log P(X) both ways, and how many draws carry the estimate.
function verdict(renew) {
  const estimateOf = element("span"), finding = element("span");
  const table = values(["log P(X), exact", estimateOf, "error of Monte Carlo", "log P(X|z) at the slider’s z"]);
  const fresh = button("new draws", renew, { title: "draw the z’s again from P(z)" });

  function set({ x, samples }, exact, estimate, here, heavy) {
    estimateOf.textContent = `Monte Carlo, S = ${count(samples)}`;
    table.set([exact, estimate, estimate - exact, here].map(nats));
    finding.replaceChildren(element("b", {}, `${count(heavy)} of ${count(samples)}`),
      ` draw${samples === 1 ? "" : "s"} matter${heavy === 1 ? "s" : ""}: ${heavy === 1 ? "it carries" : "they carry"} `
      + "95 % of the sum.");
    return `X = ${pair(x)}, log P(X) = ${nats(exact)}, Monte Carlo ${nats(estimate)}, ${finding.textContent}`;
  }
  return { nodes: [table.node, element("div", { class: "vae-curve-verdict" }, finding, fresh)], set };
}

function controls(app, { sigma, samples }, limit) {
  const log = (range) => ({ min: Math.log10(range[0]), max: Math.log10(range[1]) });
  const made = [
    [slider("σ of P(X|z)", {
      ...log(sigma), step: 0.005, value: 0, format: (v) => number(10 ** v, 3), describe: "σ, the width of P(X|z)",
    }, (v) => app.go({ sigma: 10 ** v })), (state) => Math.log10(state.sigma)],
    [slider("z, the marker", {
      min: -3.5, max: 3.5, step: 0.01, value: 0, describe: "z, the marker's place on the curve",
    }, (z) => app.go({ z })), (state) => state.z],
    [slider("S, draws of z", {
      ...log(samples), step: 0.02, value: 0, format: (v) => count(Math.round(10 ** v)),
      describe: "S, the number of Monte Carlo draws",
    }, (v) => app.go({ samples: Math.round(10 ** v) })), (state) => Math.log10(state.samples)],
    // X by native sliders, too: the plane's own keys need sight of it.
    ...["X₁", "X₂"].map((name, i) => [slider(name, { min: -limit, max: limit, step: 0.01, value: 0 },
      (v) => app.go({ x: app.state.x.with(i, v) })), (state) => state.x[i]]),
  ];
  return { rows: made.map(([one]) => one.row), set: (state) => made.forEach(([one, read]) => one.set(read(state))) };
}

function build(app) {
  const { model } = app, limit = model.get("limit"), colors = model.get("_colors"), half = model.get("_half_width");
  const table = curveTable(model.get("_curve"), half), heat = heatMap(app, table, colors), strip = integrand();
  const moved = controls(app, model.get("_ranges"), limit);
  let sample = sampleOf(table, floats(model.get("_draws"))), scene = null, painted = null; // painted: what the heat map shows
  const pad = plane({
    size: 392, limit, axes: ["X₁", "X₂"], backdrop: (plot, ink) => heat.paint(plot, ink, quiz.hidden()),
    overlay: (plot, ink) => overlay(plot, ink, scene),
    move: (x) => app.go({ x }), hold: app.hold,
    label: "plane of X: drag, or move X with the arrow keys; Shift for larger steps; Home for the origin",
  });
  const result = verdict(() => {
    sample = sampleOf(table, sample.z.map(() => clamp(normal(), [0.1 - half, half - 0.1])));
    app.redraw();
  });

  const dot = (size, color) => `width: ${size}px; height: ${size}px; border-radius: ${size}px; ${color}`;
  const keys = legend(
    key(`height: 3px; background: ${colors.curve}`, "curve f(z)"),
    key(dot(7, `background: ${colors.curve}`), `f at draws of z (the first ${SHOWN})`),
    key(dot(9, `background: ${colors.heavy}`), "draws that matter"),
    key(dot(14, `border: 2px solid ${colors.marker}`), "P(X|z) at the slider’s z: σ, dashed 2σ"),
    heat.key); // last: it is hidden with the map
  const quiz = wager(app, "Drag X to where you think P(X) is highest. Then look.", [...result.nodes, strip.node, heat.key], () => {
    const { x, sigma } = app.state, logP = (at) => logIntegral(table, logJoints(table, at, sigma));
    const highest = Math.log(mixtureDensity(table, sigma, limit, cellsFor(sigma, limit)).reduce((a, b) => Math.max(a, b)));
    return `At your X, log P(X) = ${nats(logP(x))}; the highest in this window is ${nats(highest)}.`;
  });
  const look = () => `${app.state.sigma} ${quiz.hidden()}`;

  function repaint() { painted = look(); pad.repaint(); }
  function draw(state) {
    const { x, z, sigma, samples } = state, { estimate, heavy } = monteCarlo(sample.xy.subarray(0, 2 * samples), x, sigma);
    const joint = logJoints(table, x, sigma), exact = logIntegral(table, joint);
    scene = { state, table, colors, sample, heavy, joint };
    if (look() !== painted) repaint();
    quiz.draw();
    pad.draw(x);
    strip.draw(scene);
    moved.set(state);
    const words = result.set(state, exact, estimate, logGaussians(curvePoint(table, z), x, sigma)[0], heavy.length);
    app.say(quiz.hidden() ? `X = ${pair(x)}` : words);
  }
  const nodes = [element("div", { class: "vae-curve", style: `--vae-curve-heavy: ${colors.heavy}` },
    beside("vae-curve-panels", column({}, pad.node, keys), column({ class: "vae-curve-side" }, quiz.node, ...moved.rows, ...result.nodes, strip.node)))];
  return { nodes, draw, repaint };
}

export default {
  render(context) {
    const ranges = context.model.get("_ranges");
    const settle = (state) =>
      ({ ...state, sigma: clamp(state.sigma, ranges.sigma), samples: clamp(state.samples, ranges.samples) });
    const names = ["x", "z", "sigma", "samples", "revealed"];
    return explorer(context, { label: "curve in the plane", names, settle }, build);
  },
};
