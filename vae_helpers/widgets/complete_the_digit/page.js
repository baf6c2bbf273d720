// CompleteTheDigit: a strip of a digit is known; one answer by a regressor, and draws of a conditional VAE.
import { explorer } from "../core/explorer.js";
import { clamp, decodeMean, network, normal, octets } from "../core/network.js";
import { beside, button, buttons, column, digitCanvas, element, handled, note, slider } from "../core/page.js";
import { digitAt } from "../core/pixels.js";
import { onDrag, onKeys } from "../core/pointer.js";
import { completions, latents, strip } from "./numbers.js";

const REACH = 2; // columns on either side of the strip in which a finger still takes it

// A digit under a window that shows which columns are known.
function framed(size, attributes = {}) {
  const digit = digitCanvas(size);
  const node = element("div", { ...attributes, class: `vae-framed ${attributes.class ?? ""}`.trim() },
    element("div", {}, digit.node, element("i", {})));
  return { node, paint: digit.paint, name: (text) => node.setAttribute("aria-label", text) };
}

// The digit itself, over which the strip is dragged; a press beside it brings it there. `turn(by)` changes the digit.
function given(app, width, most, turn) {
  const digit = framed(252, handled(""));
  const go = (to) => {
    const left = clamp(Math.round(to), [0, most]);
    if (left !== app.state.left) app.go({ left }); // within a column a pointer changes nothing
  };
  const at = (event) => {
    const box = digit.node.getBoundingClientRect();
    return (28 * (event.clientX - box.left)) / box.width;
  };
  let grip = 0;
  onDrag(digit.node, (event) => {
    const inside = at(event) - app.state.left;
    grip = inside >= 0 && inside <= width ? inside : width / 2;
    app.hold(true);
    go(at(event) - grip);
  }, (event) => go(at(event) - grip), () => app.hold(false), (event) => {
    const inside = at(event) - app.state.left;
    return inside >= -REACH && inside <= width + REACH;
  });
  onKeys(digit.node, {
    move: ([right, up], large) => (right ? go(app.state.left + right * (large ? 5 : 1)) : turn(-up)),
    Home: () => go(0), End: () => go(most),
  });
  return digit;
}

// Digits in a row under one caption, named as one picture.
function answers(count, text) {
  const made = Array.from({ length: count }, () => framed(96)), caption = element("figcaption", {}, text);
  const node = element("figure", {},
    element("div", { class: "vae-answers", role: "img", "aria-label": text }, ...made.map((one) => one.node)), caption);
  return { node, paint: (pictures) => pictures.forEach((picture, k) => made[k].paint(picture)) };
}

function build(app) {
  const { model } = app, width = model.get("width"), size = model.get("latent_size"), most = 28 - width;
  const sent = (name) => model.get(`${name}_shapes`).length && network(model.get(`${name}_shapes`), model.get(name));
  const decoder = sent("_decoder"), prior = sent("_prior"), regressor = sent("_regressor");
  const images = octets(model.get("_images")), labels = octets(model.get("_labels")), count = images.length / 784;
  const turn = (by) => app.go({ digit: (app.state.digit + by + count) % count });
  const digit = given(app, width, most, turn), readout = element("div", { class: "vae-readout" });
  const one = answers(1, "one answer: the regressor's mean");
  const many = answers(app.state.eps.length / size, "six answers: z drawn from P(z|y), decoded");
  const along = slider("strip", { min: 0, max: most, step: 1, value: app.state.left, format: (v) => `${v + 1}`,
    describe: "first known column" }, (left) => app.go({ left }));

  function draw({ left, digit: k, eps }) {
    const x = digitAt(images, k), y = strip(x, left, width);
    root.style.setProperty("--vae-left", left);
    digit.paint(x);
    one.paint([decodeMean(regressor, y, "bernoulli")]);
    many.paint(completions(decoder, latents(prior, y, eps, size), y, model.get("likelihood")));
    along.set(left);
    const what = `digit ${k + 1} of ${count}${labels.length ? `, class ${labels[k]}` : ""}`;
    const known = `known: columns ${left + 1} to ${left + width}`;
    readout.textContent = `${what}\n${known}`;
    digit.name(`${what}: arrow keys left and right move the known strip, Shift for larger steps; up and down change `
      + "the digit");
    app.say(`${what}; ${known}`);
  }
  const root = beside("vae-complete",
    column({}, digit.node, along.row, readout,
      buttons("another digit", button("previous digit", () => turn(-1)), button("next digit", () => turn(1)))),
    column({}, element("div", { class: "vae-one-and-many" }, one.node, many.node),
      buttons("draws", button("new draws", () => app.go({ eps: app.state.eps.map(normal) }), { title: "new ε, new z" })),
      note("Drag the strip. Only what lies in it is given to either model; its place is marked in every picture. ",
        "z = μ(y) + σ(y) ε, with ε held until new draws are asked for. Gray is the probability of ink.")));
  root.style.setProperty("--vae-columns", width);
  root.style.setProperty("--vae-known", model.get("_colors").known);
  return { nodes: [root], draw };
}

export default {
  render: (context) => explorer(context, { label: "complete the digit", names: ["left", "digit", "eps"] }, build),
};
