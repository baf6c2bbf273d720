// LatentSliders: one slider a latent dimension, most used first, and a walk between the codes of two images.
import { explorer } from "../core/explorer.js";
import { dimensions, moves, priorOf } from "../core/latents.js";
import { decodeMean, floats, network, octets } from "../core/network.js";
import { beside, button, buttons, column, digitCanvas, element, note, slider } from "../core/page.js";
import { decodedDigit, digitAt, digitStrip } from "../core/pixels.js";
import { player } from "../core/pointer.js";
import { between, otherEnds } from "./numbers.js";

const SECONDS = 4; // from one end of the walk to the other
const STRIP = 9; // digits shown along the walk

// The walk: its two images, the digits on the way, and where on it z is.
function walk(app, layers) {
  const { model } = app, likelihood = model.get("likelihood"), size = app.state.z.length;
  const codes = floats(model.get("_codes")), pictures = octets(model.get("_images")), count = codes.length / size;
  const code = (i) => codes.subarray(i * size, (i + 1) * size);
  let ends = [0, 1 % count], t = 0;
  const at = (share) => between(code(ends[0]), code(ends[1]), share);

  const sides = ["start", "end"], thumbnails = sides.map((side) => digitCanvas(64, side)), strip = digitStrip(STRIP);
  const range = { min: 0, max: 1, step: 0.01, value: 0, describe: "t, from the start to the end of the walk" };
  const along = slider("t", range, (v) => { playing.pause(); go(v); });
  const playing = player(SECONDS, () => t, go);

  function go(to) {
    t = to;
    along.set(t);
    app.go({ z: at(t) });
  }
  function showEnds() {
    thumbnails.forEach(({ paint, name }, side) => {
      paint(digitAt(pictures, ends[side]));
      name(`${sides[side]} of the walk: image ${ends[side] + 1} of ${count}`);
    });
    strip.paint((k) => decodeMean(layers, at(k / (STRIP - 1)), likelihood));
  }
  function another(side) {
    playing.pause();
    ends = otherEnds(ends, side, count);
    showEnds();
    go(side);
  }

  const [start, end] = sides.map((name, side) => element("div", { class: "vae-end" }, thumbnails[side].node,
    button("another", () => another(side), { "aria-label": `another ${name}` })));
  const node = element("div", { class: "vae-walk", role: "group", "aria-label": "walk between two images" },
    start,
    column({}, strip.node, along.row, buttons("play the walk", playing.node, note("z = (1 − t) μ(start) + t μ(end)"))),
    end);
  showEnds();
  return { node, pause: playing.pause };
}

function build(app) {
  const { model } = app, layers = network(model.get("_shapes"), model.get("_weights"));
  const digit = decodedDigit(app, layers), readout = element("div", { class: "vae-readout" });
  const way = walk(app, layers), go = (z) => { way.pause(); app.go({ z }); };
  const sliders = dimensions(app, go);

  function draw({ z, show }) {
    digit.paint(z, show);
    sliders.set(z);
    readout.textContent = priorOf(z);
    app.say(readout.textContent);
  }
  return {
    nodes: [
      beside("vae-latents", column({}, digit.node, readout, moves(app, go), digit.buttons),
        column({}, sliders.node, note(model.get("_caption")))),
      way.node],
    draw, end: way.pause,
  };
}

export default { render: (context) => explorer(context, { label: "latent sliders", names: ["z", "show"] }, build) };
