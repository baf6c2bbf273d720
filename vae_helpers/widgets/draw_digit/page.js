// DrawDigit: draw a digit and watch the encoder place it on the plane; both networks run here, in the page.
import { font, haloed, line, outlined } from "../core/chart.js";
import { classPoints } from "../core/classes.js";
import { explorer } from "../core/explorer.js";
import { clamp, encode, floats, forward, klToPrior, logLikelihood, network, octets, sigmoid } from "../core/network.js";
import { drawing, drawingPad, imageButtons, isBlank } from "../core/pad.js";
import { beside, button, buttons, column, digitCanvas, element, note, number, values } from "../core/page.js";
import { digitAt } from "../core/pixels.js";
import { plane } from "../core/plane.js";

const LENS = 36, POWERS = [50, 20, 10, 5]; // radius of the magnifying glass in CSS pixels, its magnifications

// Q's ellipses of 1 and 2 standard deviations where its mean lies, or at the edge that it lies beyond. A well trained
// encoder is sure of itself to a few pixels: then they are there again, larger, in a free corner.
function drawQ({ pen, toX, toY, margin, floor, right }, ink, { mu, sigma }, limit) {
  const [x, y] = [toX(clamp(mu[0], [-limit, limit])), toY(clamp(mu[1], [-limit, limit]))], unit = toX(1) - toX(0);
  const ellipses = (x, y, scale) => [2, 1].forEach((deviations) => {
    const [across, down] = Array.from(sigma, (s) => deviations * s * scale);
    outlined(pen, { ...ink, text: ink.accent }, () => pen.ellipse(x, y, across, down, 0, 0, 2 * Math.PI), [4, 2]);
  });
  line(pen, ink.accent, 1.5, [[margin.left, y], [right, y]]);
  line(pen, ink.accent, 1.5, [[x, margin.top], [x, floor]]);
  ellipses(x, y, unit);
  const power = POWERS.find((times) => 2 * Math.max(...sigma) * unit * times < LENS - 3);
  if (!power) return;
  const cx = x > toX(0) ? margin.left + LENS + 2 : right - LENS - 2, cy = margin.top + LENS + 2;
  pen.fillStyle = ink.paper; pen.strokeStyle = ink.text; pen.lineWidth = 1;
  pen.beginPath(); pen.arc(cx, cy, LENS, 0, 2 * Math.PI); pen.fill(); pen.stroke();
  ellipses(cx, cy, unit * power);
  // On paper of its own: a grid line through it would read as a minus sign.
  pen.font = font(ink, 11); pen.fillStyle = ink.paper;
  const text = `× ${power}`, half = pen.measureText(text).width / 2 + 3, below = cy + LENS + 3;
  pen.fillRect(cx - half, below, 2 * half, 13 * ink.larger);
  haloed(pen, text, cx, below + 6.5 * ink.larger, ink, 11, "normal");
}

// What the encoder sees, the reconstruction, and the numbers; `draw(pixels)` returns Q's mean and deviations.
function result(app) {
  const { model } = app, likelihood = model.get("likelihood");
  const sent = (name) => network(model.get(`${name}_shapes`), model.get(name));
  const encoder = sent("_encoder"), decoder = sent("_decoder");
  const input = digitCanvas(112, ""), output = digitCanvas(112, "");
  const table = values(["z₁", "z₂", "log P(X|z = μ)", "KL to P(z)"]);
  const figure = (digit, text) => element("figure", {}, digit.node, element("figcaption", {}, text));

  function tell(seen, decoded, texts, words) {
    input.name(`what the encoder sees: ${seen}`);
    output.name(`the reconstruction${decoded}`);
    table.set(texts);
    app.say(words);
  }
  function clear() {
    for (const digit of [input, output]) digit.clear();
    tell("nothing yet", ": nothing yet", ["–", "–", "–", "–"], "nothing drawn yet");
    return null;
  }
  function draw(pixels) {
    const x = digitAt(octets(pixels), 0), code = encode(encoder, x), f = forward(decoder, code.mu);
    input.paint(x);
    output.paint(likelihood === "bernoulli" ? f.map(sigmoid) : f);
    const [z1, z2] = [0, 1].map((i) => `${number(code.mu[i])} ± ${number(code.sigma[i])}`);
    const [first, second] = [logLikelihood(f, x, likelihood, model.get("pixel_sigma")), klToPrior(code)]
      .map((v) => `${number(v, 1)} nats`);
    const place = `z₁ = ${z1}, z₂ = ${z2}`;
    tell("the digit, centered, 28 by 28 pixels", ", decoded at the mean of Q", [z1, z2, first, second],
      `${place}; log P(X|z = μ) = ${first}; KL to P(z) = ${second}`);
    return { ...code, place };
  }
  const gray = likelihood === "bernoulli" ? " Gray levels are treated as probabilities." : "";
  const nodes = [
    element("div", { class: "vae-figures" }, figure(input, "the encoder sees"), figure(output, "f(μ), decoded")),
    table.node,
    note("Mean ± standard deviation of Q(z|X), then the terms of the bound, the first at z = μ rather than averaged "
      + `over Q.${gray}`)];
  return { nodes, draw, clear };
}

function build(app) {
  const { model } = app, limit = model.get("limit"), paper = drawing(app), pad = drawingPad(app, paper);
  const shown = result(app);
  let code = null;
  const points = classPoints(floats(model.get("_codes")), octets(model.get("_labels")), model.get("_colors"), limit, () => {
    map.repaint();
    app.redraw();
  });
  const map = plane({
    size: 380, limit, axes: ["z₁", "z₂"], label: "latent plane: nothing drawn yet", backdrop: points.backdrop,
    overlay: (chart, ink) => code && drawQ(chart, ink, code, limit),
  });

  function draw({ pixels }) {
    paper.adopt(pixels);
    const blank = isBlank(pixels);
    pad.draw(blank);
    code = blank ? shown.clear() : shown.draw(pixels);
    map.draw();
    map.name(`latent plane: ${code ? `the digit lies at ${code.place}` : "nothing drawn yet"}`);
  }
  const hint = "Ellipses: 1 and 2 standard deviations of Q(z|X), enlarged in the corner where they are small. "
    + "Dashed: 1, 2 and 3 of P(z).";
  return {
    nodes: [beside("vae-draw",
      column({}, pad.node,
        buttons("change the drawing", button("undo", paper.undo, { title: "take back the last stroke" }),
          button("clear", () => paper.change({ strokes: [], placed: null }))),
        element("div", {}, "or put one of the images here:"), imageButtons(app, paper)),
      column({}, ...shown.nodes),
      column({ class: "vae-map" }, map.node, points.legend, note(`${model.get("_caption")} ${hint}`)))],
    draw, repaint: map.repaint,
  };
}

export default { render: (context) => explorer(context, { label: "draw a digit", names: ["pixels"] }, build) };
