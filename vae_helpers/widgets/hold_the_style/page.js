// HoldTheStyle: ten digits from one z, moved by sliders, or by a digit of one's own; both networks run here.
import { explorer } from "../core/explorer.js";
import { dimensions, moves, priorOf } from "../core/latents.js";
import { network, octets } from "../core/network.js";
import { drawing, drawingPad, isBlank } from "../core/pad.js";
import { beside, button, buttons, choice, column, digitCanvas, element, note } from "../core/page.js";
import { styles, tenDigits } from "./numbers.js";

const CLASSES = Array.from({ length: 10 }, (_, label) => label);

// One digit a class, the class below it; `mark(label)` tells which is that of the drawing, null for none.
function row() {
  const digits = CLASSES.map(() => digitCanvas(84));
  const figures = digits.map(({ node }, label) => element("figure", {}, node, element("figcaption", {}, `${label}`)));
  const group = { class: "vae-ten", role: "group", "aria-label": "z decoded under the classes 0 to 9" };
  const node = element("div", group, ...figures);
  return {
    node,
    paint: (pictures) => pictures.forEach((picture, label) => digits[label].paint(picture)),
    mark: (own) => figures.forEach((figure, label) => figure.classList.toggle("vae-own", label === own)),
  };
}

// The button that puts the next image of a class on the pad.
function example(app, paper) {
  const given = octets(app.model.get("_images")), labels = octets(app.model.get("_image_labels")), turns = {};
  const node = button("", () => {
    const { label } = app.state, own = [...labels.keys()].filter((i) => labels[i] === label);
    const k = own[(turns[label] = (turns[label] ?? -1) + 1) % own.length];
    paper.change({ strokes: [], placed: given.slice(784 * k, 784 * (k + 1)) });
  });
  const set = (label) => {
    node.textContent = `put another ${label} here`;
    node.disabled = !labels.includes(label);
  };
  return { node, set };
}

function build(app) {
  const { model } = app, decoder = network(model.get("_decoder_shapes"), model.get("_decoder"));
  const paper = drawing(app), pad = drawingPad(app, paper), put = example(app, paper), ten = row();
  const go = (z) => app.go({ z }), all = dimensions(app, go), readout = element("div", { class: "vae-readout" });
  const names = CLASSES.map((label) => [label, `${label}`]);
  const classes = choice("what I drew is the digit", names, (label) => app.go({ label }));

  function draw({ z, label, pixels }) {
    paper.adopt(pixels);
    const blank = isBlank(pixels);
    pad.draw(blank);
    put.set(label);
    classes.mark(label);
    ten.paint(tenDigits(decoder, z, model.get("likelihood")));
    ten.mark(blank ? null : label);
    all.set(z);
    readout.textContent = priorOf(z);
    app.say(`${blank ? "nothing drawn" : `drawn: ${label}`}; ${readout.textContent}`);
  }
  classes.node.classList.add("vae-puts");
  return {
    nodes: [beside("vae-style",
      column({}, pad.node,
        buttons("change the drawing", button("undo", paper.undo, { title: "take back the last stroke" }),
          button("clear", () => paper.change({ strokes: [], placed: null })), put.node),
        element("div", {}, "what I drew is the digit"), classes.node),
      column({}, ten.node, element("div", { class: "vae-buttons" }, moves(app, go), readout), all.node,
        note("A drawing sets z to the mean of Q(z|X, y), with y the class chosen by the buttons, and all ten digits are "
          + `decoded from that z, each with its own y. Gray is the probability of ink. ${model.get("_caption")}`)))],
    draw,
  };
}

export default {
  render(context) {
    const { model } = context, encoder = network(model.get("_encoder_shapes"), model.get("_encoder"));
    const settle = styles(encoder, { pixels: model.get("pixels"), label: model.get("label") });
    return explorer(context, { label: "hold the style", names: ["z", "label", "pixels"], settle }, build);
  },
};
