// A line of text that is heard when it changes. A screen reader listens to an element that stays,
// and not to one that is put in with its text; while the line says that more is to come, it waits.

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
