// A prediction that is dragged: what it is about stays hidden until the learner asks to see it.
import { button, element } from "./page.js";

// For an explorer with the traits `quiz` and `revealed`: the question with its button, the words that come in their
// place, and `hidden()`. `hides` are the nodes that would give the answer away; `verdict()` words what was predicted.
export function wager(app, question, hides, verdict) {
  const quiz = app.model.get("quiz"), hidden = () => quiz && !app.state.revealed;
  const show = button("show", () => app.go({ revealed: true }));
  const answer = element("div", { class: "vae-readout", role: "status" });
  const node = element("div", { class: "vae-wager" }, element("div", {}, element("b", {}, "Predict. "), question), show, answer);
  let shown = null;
  function draw() {
    node.style.display = quiz ? "" : "none";
    show.style.display = hidden() ? "" : "none";
    for (const one of hides) one.style.visibility = hidden() ? "hidden" : "";
    if (quiz && shown !== hidden()) answer.textContent = hidden() ? "" : verdict(); // of the moment it was asked for
    shown = hidden();
  }
  return { node, draw, hidden };
}
