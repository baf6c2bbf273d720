// Pencil: one number worked out by hand, judged here by the values of known answers.
import { explorer } from "../core/explorer.js";
import { button, element } from "../core/page.js";
import { judge, typed } from "./numbers.js";

// A question whose pairs, such as N(0, I), stay in one line.
export const unbroken = (text) => text.replace(/\((\S{1,4}), (\S{1,4})\)/g, "($1,\u00a0$2)");
const places = (n) => `${n} ${n === 1 ? "decimal" : "decimals"}`;

// What is said of what was typed: its kind, for the color; an icon and a word; and the rest, a paragraph a line.
function verdict(text, answers, unit, asked) {
  const number = typed(text, unit);
  if (number === null) return ["unclear", "! No number", "Write one number, such as −1.5, 0,25 or 1/3."];
  const found = judge(number, answers, asked);
  if (found === "coarse") return ["unclear", "! Too few digits", `Give ${places(asked)}: they decide.`];
  if (found === null) return ["wrong", "✗ Not yet", "It is none of the mistakes that this question knows."];
  return [found === 0 ? "right" : "wrong", found === 0 ? "✓ Right" : "✗ Not yet: a known mistake", answers[found][1]];
}

function build(app) {
  const { model } = app, unit = model.get("unit"), asked = model.get("decimals");
  const reply = element("div", { class: "vae-verdict", role: "status" });
  let shown = ""; // what was judged last; another size or theme of the page leaves alone what is being typed
  const check = () => { shown = null; app.go({ given: field.value.trim() }); };
  const field = element("input", {
    type: "text", size: 9, autocomplete: "off", spellcheck: "false",
    input: () => reply.replaceChildren(), // it was about another number
    keydown: (event) => { if (event.key === "Enter") check(); },
  });
  const label = element("label", {},
    element("span", { class: "vae-question" }, element("b", {}, "With a pencil. "), unbroken(model.get("question"))),
    field, element("span", {}, `${unit}${unit && ", "}to ${places(asked)}`));

  function draw({ given }) {
    if (given === shown) return;
    shown = given;
    if (field.value.trim() !== given) field.value = given;
    if (given === "") return reply.replaceChildren();
    const [kind, word, rest] = verdict(given, model.get("answers"), unit, asked);
    reply.dataset.kind = kind;
    reply.replaceChildren(element("b", {}, `${word}.`), ...rest.split("\n").map((text) => element("p", {}, text)));
  }
  const root = element("div", { class: "vae-pencil" }, label, button("Check", check), reply);
  for (const [name, color] of Object.entries(model.get("_colors"))) root.style.setProperty(`--vae-${name}`, color);
  return { nodes: [root], draw };
}

export default { render: (context) => explorer(context, { label: "pencil question", names: ["given"] }, build) };
