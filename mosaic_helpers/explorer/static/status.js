// A line of text that screen readers announce when it changes. They follow an element that
// stays, not one that is added together with its text; while it is busy, they wait.

function render({ model, el }) {
  const line = document.createElement("div");
  const [text, working] = [document.createElement("span"), document.createElement("b")];
  line.setAttribute("role", "status");
  line.append(text, working);
  el.append(line);
  const show = () => {
    const busy = model.get("busy");
    line.setAttribute("aria-busy", String(busy));
    line.className = `mosaic-status${model.get("wrong") ? " mosaic-wrong" : ""}`;
    text.textContent = model.get("text");
    working.textContent = busy ? " Working …" : "";
  };
  model.on("change", show);
  show();
}

export default { render };
